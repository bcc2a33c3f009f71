// Wraps a key under the root: format version, the root's id, nonce, ciphertext, tag; bound to all that names its row.

import type { Random } from '#core/random.ts';
import { nonceBytes, openWith, sealWith } from '../sealing.ts';
import { otherRootText, type RootKeys } from './root-keys.ts';

export interface RootWrapping {
  /** Under the current root key. */
  wrap(context: string, key: Uint8Array): Buffer;
  /** Throws a sentence for the operator when another root wrapped it, and when it or its context was changed. */
  unwrap(context: string, wrapped: Uint8Array): Buffer;
}

const formatVersion = 1;
const prefixBytes = 9;

/** One nonce is spent a wrapped key: random ones are safe. Each purpose has a wrapping key of its own. */
export function openRootWrapping(roots: RootKeys, purpose: string, random: Random): RootWrapping {
  return {
    wrap(context, key) {
      const root = roots.current();
      const prefix = Buffer.concat([Buffer.from([formatVersion]), Buffer.from(root.id, 'hex')]);
      const additional = Buffer.concat([prefix, Buffer.from(context)]);
      return Buffer.concat([
        prefix,
        sealWith(roots.secretOf(root, purpose), random.bytes(nonceBytes), additional, key),
      ]);
    },
    unwrap(context, wrapped) {
      const id = rootIdOf(wrapped);
      if (id === undefined) throw new Error('the wrapped key has an unknown format');
      const root = roots.find(id);
      if (root === undefined) throw new Error(otherRootText(id, roots));
      const additional = Buffer.concat([wrapped.subarray(0, prefixBytes), Buffer.from(context)]);
      return openWith(roots.secretOf(root, purpose), additional, wrapped.subarray(prefixBytes));
    },
  };
}

/** The id of the root key that wrapped it; undefined when its format is not known here. */
export function rootIdOf(wrapped: Uint8Array): string | undefined {
  if (wrapped[0] !== formatVersion || wrapped.length < prefixBytes) return undefined;
  return Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.length).toString('hex', 1, prefixBytes);
}
