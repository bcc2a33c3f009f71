// Asked by stores/blobs/encrypted and by whoever seals a value; answered by services/kms: wraps and unwraps data keys.

import type { RegistryRef } from '../account.ts';
import type { MaybePromise } from '../operation.ts';

declare const keyDomainBrand: unique symbol;

/**
 * Names a key domain (registry + KMS key): the scope inside which equal blobs are stored once.
 * 16 characters of lower-case base32, so that it may be the first segment of a blob key; the first is `8` or `9` under
 * a customer's key.
 */
export type KeyDomainId = string & { readonly [keyDomainBrand]: true };

export interface DataKey {
  /** 32 bytes. Never stored. */
  readonly plaintext: Buffer;
  /** The same key wrapped; carries the id and version of the key that wrapped it. At most 256 bytes. */
  readonly wrapped: Buffer;
}

export interface KeyRing {
  /** The domain of a registry's own key; made when it does not exist. Those of customer keys: see RepositoryKeys. */
  domainOf(registry: RegistryRef): MaybePromise<KeyDomainId>;
  /** A fresh data key, bound to `context` (the blob's key, the row's name): unwrapping needs the same context. */
  generateDataKey(domain: KeyDomainId, context: string): MaybePromise<DataKey>;
  /**
   * Throws kms-unavailable for a customer's key that nobody was admitted to, and when the wrapped bytes or the context
   * were changed.
   */
  unwrapDataKey(domain: KeyDomainId, context: string, wrapped: Uint8Array): MaybePromise<Buffer>;
  /** Encrypts a small value (a manifest, policy or secret) for a SQL column. */
  seal(domain: KeyDomainId, context: string, plaintext: Uint8Array): MaybePromise<Buffer>;
  /** Reverses `seal`; throws as `unwrapDataKey` does. */
  open(domain: KeyDomainId, context: string, sealed: Uint8Array): MaybePromise<Buffer>;
}
