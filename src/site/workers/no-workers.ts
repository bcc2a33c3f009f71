// Refuses a data folder in which workers of an earlier start still run.

import { DataFolderError, holderOf } from '#cli/data-folder.ts';
import { workerFolder, workerNumbers } from '#services/cloudtrail/audit-chains.ts';

/** Workers end with their supervisor, but one that hangs could still write. Throws DataFolderError with its pid. */
export async function assertNoWorkers(dataFolder: string): Promise<void> {
  for (const index of await workerNumbers(dataFolder)) {
    const pid = await holderOf(workerFolder(dataFolder, index));
    if (pid === undefined) continue;
    throw new DataFolderError(`The data folder ${dataFolder} is in use by a worker with pid ${pid}.`);
  }
}
