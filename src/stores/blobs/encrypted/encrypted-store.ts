// A blob store around another: what goes in is sealed segment by segment, what comes out is verified first.

import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import { assertBlobKey } from '../blob-key.ts';
import { BlobDamagedError, type BlobStat, type BlobStore } from '../blob-store.ts';
import { readEncrypted } from './encrypted-reader.ts';
import { encryptedWriter } from './encrypted-writer.ts';
import { domainOf, noncePrefixBytes, writeHeader } from './header.ts';
import { layoutOf } from './layout.ts';

export interface EncryptedStoreOptions {
  readonly store: BlobStore;
  readonly keyRing: KeyRing;
  readonly random: Random;
}

/**
 * The first segment of every key is the key domain; the data key is bound to the whole key, so that a blob under
 * another name does not open. Sizes are those of the plaintext. Throws whatever the key ring throws.
 */
export function encryptedBlobStore({ store, keyRing, random }: EncryptedStoreOptions): BlobStore {
  return {
    read: (key, range) => readEncrypted({ store, keyRing }, key, range),
    async write(key) {
      assertBlobKey(key);
      const domain = domainOf(key);
      const dataKey = await keyRing.generateDataKey(domain, key);
      const header = writeHeader(domain, dataKey.wrapped, random.bytes(noncePrefixBytes));
      const inner = await store.write(key).catch((error: unknown) => {
        dataKey.plaintext.fill(0);
        throw error;
      });
      return encryptedWriter(inner, header, dataKey.plaintext);
    },
    async stat(key) {
      const stored = await store.stat(key);
      if (stored === undefined) return undefined;
      const layout = layoutOf(stored.sizeBytes);
      if (layout === undefined) throw new BlobDamagedError(key, 'no blob has its size');
      return { ...stored, sizeBytes: layout.plainBytes };
    },
    list: (prefix) => listEncrypted(store, prefix),
    remove: (key) => store.remove(key),
    capabilities: () => store.capabilities(),
  };
}

/** A damaged blob is listed too, so that it can be removed. */
async function* listEncrypted(store: BlobStore, prefix: string): AsyncGenerator<BlobStat, void, undefined> {
  for await (const stored of store.list(prefix)) {
    yield { ...stored, sizeBytes: layoutOf(stored.sizeBytes)?.plainBytes ?? 0 };
  }
}
