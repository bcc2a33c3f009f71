// For tests: the file store's calls over a volatile disk, with the power cut at one of them.

import type { Chance } from '#std/testing/seeded-chance.ts';
import type { VolatileDisk } from '#std/testing/volatile-disk.ts';
import type { FileSystem } from '../file/file-system.ts';

/** Nobody sees it in life: the process has ended with the power. */
export class PowerCutError extends Error {}

export interface PowerCutOptions {
  readonly disk: VolatileDisk;
  readonly chance: Chance;
  /** The power goes at this call; half of the time it still reaches the disk's memory. */
  readonly cutAtCall: number;
  /** One call in so many fails with EIO; never when left out. */
  readonly failOneIn?: number;
  /** Calls that say that they have synced and have not: a store that relied on nothing else would lose blobs. */
  readonly lies?: ReadonlySet<'sync' | 'syncFolder'>;
}

export function powerCutFileSystem(options: PowerCutOptions): FileSystem {
  const { disk, chance, cutAtCall, failOneIn, lies } = options;
  let calls = 0;

  /** Calls of different writers come in any order. */
  async function call<Result>(work: () => Result): Promise<Result> {
    for (let turns = Math.floor(chance() * 4); turns > 0; turns -= 1) await Promise.resolve();
    calls += 1;
    if (calls > cutAtCall || (calls === cutAtCall && chance() < 0.5)) throw new PowerCutError();
    if (failOneIn !== undefined && chance() * failOneIn < 1) {
      throw Object.assign(new Error('EIO: by chance'), { code: 'EIO' });
    }
    const result = work();
    if (calls === cutAtCall) throw new PowerCutError();
    return result;
  }

  return {
    async openToRead(path) {
      const file = await call(() => disk.file(path));
      const read = (target: Uint8Array, position: number) => call(() => file.read(target, position));
      return { sizeBytes: file.sizeBytes, read, close: () => undefined };
    },
    async create(path) {
      const file = await call(() => disk.createFile(path));
      return {
        async write(pieces, position) {
          let at = position;
          for (const piece of pieces) {
            const from = at;
            await call(() => file.write(piece, from));
            at += piece.length;
          }
        },
        sync: () => call(() => (lies?.has('sync') ? undefined : file.sync())),
        close: () => call(() => undefined),
      };
    },
    link: (from, to) => call(() => disk.link(from, to)),
    unlink: (path) => call(() => disk.unlink(path)),
    makeFolder: (path) => call(() => disk.makeFolder(path)),
    syncFolder: (path) => call(() => (lies?.has('syncFolder') ? undefined : disk.syncFolder(path))),
    stat: (path) => call(() => ({ sizeBytes: disk.file(path).sizeBytes, modifiedAtMs: 0 })),
    async *list(path) {
      yield* await call(() => namesIn(disk, path));
    },
    space: async () => ({ freeBytes: Number.MAX_SAFE_INTEGER, totalBytes: Number.MAX_SAFE_INTEGER }),
    removeTree: (path) => call(() => disk.removeTree(path)),
    isOwnerAlive: () => false,
  };
}

function namesIn(disk: VolatileDisk, path: string) {
  try {
    return disk.list(path);
  } catch {
    return [];
  }
}
