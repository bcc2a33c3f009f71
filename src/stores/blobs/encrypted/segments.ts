// One segment of an encrypted blob: AES-256-GCM whose nonce says which segment it is and whether it is the last.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { type Header, headerBytes, noncePrefixBytes } from './header.ts';
import { tagBytes } from './layout.ts';

export interface SegmentPlace {
  readonly header: Header;
  readonly index: number;
  readonly isLast: boolean;
}

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const options = { authTagLength: tagBytes };

/** Ciphertext and tag; the plaintext's buffer may be used again at once. */
export function sealSegment(key: Buffer, place: SegmentPlace, plaintext: Uint8Array) {
  const cipher = createCipheriv(algorithm, key, nonceOf(place), options).setAAD(place.header.bytes);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/**
 * The plaintext of a segment as it is stored (the first one with the header before it), in a buffer of its own.
 * Throws when anything about the segment, its place or its header is not as it was written.
 */
export function openSegment(key: Buffer, place: SegmentPlace, stored: Uint8Array): Buffer {
  const begin = place.index === 0 ? headerBytes : 0;
  const end = stored.length - tagBytes;
  if (end < begin) throw new Error('the segment is too short');
  const decipher = createDecipheriv(algorithm, key, nonceOf(place), options).setAAD(place.header.bytes);
  decipher.setAuthTag(stored.subarray(end));
  const plaintext = decipher.update(stored.subarray(begin, end));
  decipher.final();
  return plaintext;
}

/** prefix (7) ‖ segment number (4) ‖ 1 for the last segment (1): no nonce occurs twice under one data key. */
function nonceOf({ header, index, isLast }: SegmentPlace): Buffer {
  const nonce = Buffer.alloc(nonceBytes);
  header.noncePrefix.copy(nonce);
  nonce.writeUInt32BE(index, noncePrefixBytes);
  nonce[nonceBytes - 1] = isLast ? 1 : 0;
  return nonce;
}
