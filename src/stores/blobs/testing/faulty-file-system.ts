// For tests: the real file system with every call written down, open files counted, and any call failing on demand.

import { join, relative } from 'node:path';
import { type FileSystem, realFileSystem } from '../file/file-system.ts';

export interface FaultyFileSystem {
  readonly fileSystem: FileSystem;
  /** `call path`, in the order in which the calls ended; paths relative to the root, temporary names as `tmp/*`. */
  readonly calls: string[];
  openFiles(): number;
  /** From now on calls of this name fail with this code; undefined for none. */
  fail(call: string | undefined, code?: string): void;
}

export function faultyFileSystem(root: string): FaultyFileSystem {
  const calls: string[] = [];
  let openFiles = 0;
  let failing: string | undefined;
  let failingCode = 'EIO';
  const shown = (path: string) => join('.', relative(root, path)).replace(/^tmp\/.+/, 'tmp/*');

  async function call<Result>(name: string, path: string, work: () => Promise<Result>): Promise<Result> {
    if (name === failing) throw Object.assign(new Error(`${failingCode}: ${name}`), { code: failingCode });
    const result = await work();
    calls.push(`${name} ${shown(path)}`);
    return result;
  }
  const real = realFileSystem;
  const fileSystem: FileSystem = {
    ...real,
    async openToRead(path) {
      const file = await call('openToRead', path, () => real.openToRead(path));
      openFiles += 1;
      const close = () => {
        openFiles -= 1;
        file.close();
      };
      return { ...file, close, read: (...wanted) => call('read', path, () => file.read(...wanted)) };
    },
    async create(path) {
      const file = await call('create', path, () => real.create(path));
      openFiles += 1;
      return {
        write: (...wanted) => call('write', path, () => file.write(...wanted)),
        sync: () => call('sync', path, () => file.sync()),
        async close() {
          // A close that fails has closed all the same.
          openFiles -= 1;
          await file.close();
          await call('close', path, async () => undefined);
        },
      };
    },
    link: (from, to) => call('link', to, () => real.link(from, to)),
    unlink: (path) => call('unlink', path, () => real.unlink(path)),
    makeFolder: (path) => call('makeFolder', path, () => real.makeFolder(path)),
    syncFolder: (path) => call('syncFolder', path, () => real.syncFolder(path)),
    stat: (path) => call('stat', path, () => real.stat(path)),
    async *list(path) {
      await call('list', path, async () => undefined);
      yield* real.list(path);
    },
  };
  return {
    fileSystem,
    calls,
    openFiles: () => openFiles,
    fail(name, code = 'EIO') {
      failing = name;
      failingCode = code;
    },
  };
}
