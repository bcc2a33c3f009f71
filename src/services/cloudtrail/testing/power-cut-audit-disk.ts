// For tests: the audit log's calls over a volatile disk, with the power cut, or the process killed, at one of them.

import type { DiskFile } from '#std/testing/disk-file.ts';
import type { Chance } from '#std/testing/seeded-chance.ts';
import type { VolatileDisk } from '#std/testing/volatile-disk.ts';
import type { AuditFileSystem, AuditHandle } from '../audit-file-system.ts';

/** Nobody sees it in life: the process has ended. */
export class EndedError extends Error {}

export interface PowerCutAuditOptions {
  readonly disk: VolatileDisk;
  readonly chance: Chance;
  /** The process ends at this call; half of the time it still reaches the disk's memory. */
  readonly endAtCall: number;
  /** One call in so many fails with EIO; never when left out. */
  readonly failOneIn?: number | undefined;
  /** Syncs that say that they have and have not. */
  readonly lies?: 'datasync' | 'syncFolder' | undefined;
}

export function powerCutAuditDisk(options: PowerCutAuditOptions): AuditFileSystem {
  const { disk, chance, endAtCall, failOneIn, lies } = options;
  let calls = 0;

  async function call<Result>(work: () => Result): Promise<Result> {
    calls += 1;
    if (calls > endAtCall || (calls === endAtCall && chance() < 0.5)) throw new EndedError();
    if (failOneIn !== undefined && chance() * failOneIn < 1) {
      throw Object.assign(new Error('EIO: by chance'), { code: 'EIO' });
    }
    const result = work();
    if (calls === endAtCall) throw new EndedError();
    return result;
  }

  const handleOf = (file: DiskFile): AuditHandle => ({
    read: (target, offset, length, position) =>
      call(() => ({ bytesRead: file.read(target.subarray(offset, offset + length), position) })),
    write: (bytes, offset, length, position) =>
      call(() => {
        file.write(bytes.subarray(offset, offset + length), position);
        return { bytesWritten: length };
      }),
    stat: () => call(() => ({ size: file.sizeBytes })),
    truncate: (lengthBytes) => call(() => file.truncate(lengthBytes)),
    datasync: () => call(() => (lies === 'datasync' ? undefined : file.sync())),
    sync: () => call(() => file.sync()),
    close: () => call(() => undefined),
  });
  const open = (path: string, flags: string) => {
    if (flags.startsWith('wx')) return disk.createFile(path);
    if (flags !== 'w') return disk.file(path);
    const file = disk.has(path) ? disk.file(path) : disk.createFile(path);
    file.truncate(0);
    return file;
  };

  return {
    open: (path, flags) => call(() => handleOf(open(path, flags))),
    readdir: (path) => call(() => disk.list(path).map(({ name }) => name)),
    stat: (path) => call(() => ({ size: disk.file(path).sizeBytes })),
    statfs: () => call(() => ({ bavail: 2 ** 40, blocks: 2 ** 40, bsize: 1 })),
    async makeFolder(path) {
      await call(() => disk.makeFolder(path));
      for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
        await call(() => disk.syncFolder(at.slice(0, at.lastIndexOf('/'))));
      }
    },
    syncFolder: (path) => call(() => (lies === 'syncFolder' ? undefined : disk.syncFolder(path))),
  };
}
