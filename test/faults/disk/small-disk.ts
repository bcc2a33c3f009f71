// A small disk of its own for a test: a tmpfs that root mounts, fills, empties and locks.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  /** Writes a file of ballast that leaves so many bytes free. */
  fillUpTo(freeBytes: number): Promise<void>;
  /** Removes the ballast. */
  empty(): Promise<void>;
  /** What is below the path cannot be written from now on, until the answer is called. */
  lock(path: string): Promise<() => Promise<void>>;
  unmount(): Promise<void>;
}

/** Why there can be none here, as a sentence; undefined when there can. */
export const noSmallDisk: string | undefined =
  process.platform === 'linux' && process.getuid?.() === 0 ? undefined : 'only root on Linux can mount a small disk';

export async function mountSmallDisk(mebibytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'sallyport-test', folder]);
  const ballast = join(folder, 'ballast');
  return {
    folder,
    async fillUpTo(freeBytes) {
      const { bavail, bsize } = await statfs(folder);
      await writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)));
    },
    empty: () => rm(ballast),
    async lock(path) {
      const locked = join(folder, path);
      // A mount of its own over the same folder: the kernel turns none read-only that somebody is writing to.
      await run('mount', ['--bind', locked, locked]);
      await run('mount', ['-o', 'remount,bind,ro', locked]);
      return async () => void (await run('umount', [locked]));
    },
    async unmount() {
      // Lazily: what a killed server still holds for a moment must not fail the test.
      await run('umount', ['-l', folder]);
      await rmdir(folder);
    },
  };
}
