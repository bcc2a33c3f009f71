// The root key, 32 bytes that wrap every other key, and what is derived from a key. How it is kept is another matter.

import { hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Random } from '#core/random.ts';

/** The root key, or the site key that it wraps: a name that is no secret, and bytes that are. */
export interface RootKey {
  /** 16 hex digits; stands in whatever the key has wrapped. */
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Buffer;
}

export const rootKeyBytes = 32;

export function newRootKey(random: Random): RootKey {
  return { id: random.bytes(8).toString('hex'), bytes: random.bytes(rootKeyBytes) };
}

/** 32 bytes for one purpose; different purposes tell nothing of one another (HKDF-SHA256, RFC 5869). */
export function deriveSecret(key: RootKey, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key.bytes, key.id, `sallyport/${purpose}`, 32));
}

/** Whether both are the same key, in name and bytes. */
export function isSameKey(one: RootKey, other: RootKey): boolean {
  return one.id === other.id && timingSafeEqual(one.bytes, other.bytes);
}

/** Tells whether a key is the right one, and nothing else of it: 16 bytes that may be written down. */
export function checkOf(key: RootKey): Buffer {
  return deriveSecret(key, 'root-check').subarray(0, 16);
}
