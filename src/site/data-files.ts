// Where the files of a site lie in its data folder.

import { join } from 'node:path';

export function databaseFile(dataFolder: string): string {
  return join(dataFolder, 'sallyport.db');
}
