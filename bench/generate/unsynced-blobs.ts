// A blob store that only writes, and does not wait for the disk: files lie where the file store puts them.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../../src/stores/blobs/blob-store.ts';

/** `directory` is the file store's own. Made once and then measured: a crash in between means starting again. */
export function unsyncedBlobs(directory: string): BlobStore {
  const folders = new Set<string>();
  return {
    async write(key) {
      const pieces: Uint8Array[] = [];
      return {
        // The buffer may be used again for the next bytes.
        append: async (bytes) => void pieces.push(Buffer.from(bytes)),
        async commit() {
          const path = join(directory, 'objects', key);
          const folder = dirname(path);
          if (!folders.has(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
          folders.add(folder);
          const bytes = Buffer.concat(pieces);
          writeFileSync(path, bytes, { flag: 'wx', mode: 0o600 });
          return bytes.length;
        },
        abort: async () => void pieces.splice(0),
      };
    },
    read: () => onlyWrites(),
    stat: () => onlyWrites(),
    list: () => onlyWrites(),
    remove: () => onlyWrites(),
    capabilities: () => ({ durable: false, persistent: true }),
  };
}

function onlyWrites(): never {
  throw new Error('this store only writes');
}
