// An encrypted store in which some blobs are encrypted twice, each time whole, under two keys that know nothing of
// each other: which blobs, their names say.

import type { KeyRing } from '#core/ports/key-ring.ts';
import { assertBlobKey } from '../blob-key.ts';
import type { BlobStat, BlobStore } from '../blob-store.ts';
import { type EncryptedStoreOptions, encryptedBlobStore } from './encrypted-store.ts';
import { layoutOf } from './layout.ts';

export interface TwofoldStoreOptions extends EncryptedStoreOptions {
  /** Of the second, outer encryption. */
  readonly outerKeyRing: KeyRing;
  readonly isTwofold: (key: string) => boolean;
}

export function twofoldBlobStore({ store, keyRing, random, ...options }: TwofoldStoreOptions): BlobStore {
  const { outerKeyRing, isTwofold } = options;
  const once = encryptedBlobStore({ store, keyRing, random });
  const outer = encryptedBlobStore({ store, keyRing: outerKeyRing, random });
  const twice = encryptedBlobStore({ store: outer, keyRing, random });
  const storeOf = (key: string): BlobStore => (isTwofold(key) ? twice : once);
  return {
    read: (key, range) => storeOf(key).read(key, range),
    async write(key) {
      assertBlobKey(key);
      return storeOf(key).write(key);
    },
    stat: async (key) => storeOf(key).stat(key),
    list: (prefix) => listTwofold(once, isTwofold, prefix),
    remove: (key) => store.remove(key),
    capabilities: () => store.capabilities(),
  };
}

/** What is plaintext of the outer encryption is the stored size of the inner one. */
async function* listTwofold(
  once: BlobStore,
  isTwofold: (key: string) => boolean,
  prefix: string,
): AsyncGenerator<BlobStat, void, undefined> {
  for await (const stat of once.list(prefix)) {
    yield isTwofold(stat.key) ? { ...stat, sizeBytes: layoutOf(stat.sizeBytes)?.plainBytes ?? 0 } : stat;
  }
}
