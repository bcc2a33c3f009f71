// Refuses a data folder in which workers of an earlier start still run.

import { setTimeout as pause } from 'node:timers/promises';
import { DataFolderError, holderOf } from '#cli/data-folder.ts';
import { workerFolder, workerNumbers } from '#services/cloudtrail/audit-chains.ts';

const lookEveryMs = 50;

/**
 * Workers end with their supervisor, each once it hears of it: they are waited for. One that hangs could still write.
 * Throws DataFolderError with its pid.
 */
export async function assertNoWorkers(dataFolder: string, withinMs = 5000): Promise<void> {
  for (const index of await workerNumbers(dataFolder)) {
    const folder = workerFolder(dataFolder, index);
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const pid = await holderOf(folder);
      if (pid === undefined) break;
      if (waitedMs >= withinMs) {
        throw new DataFolderError(`The data folder ${dataFolder} is in use by a worker with pid ${pid}.`);
      }
      await pause(lookEveryMs);
    }
  }
}
