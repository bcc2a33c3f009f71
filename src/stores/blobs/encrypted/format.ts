// The encrypted blob format, down to bytes: docs/design/blob-format.md says the same in words.

import { createCipheriv, createDecipheriv } from 'node:crypto';
import { limits } from '#core/limits.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';

export const headerBytes = 512;
export const tagBytes = 16;
export const segmentBytes = limits.segmentSizeBytes;
/** A segment as it is stored. */
export const sealedSegmentBytes = segmentBytes + tagBytes;

const magic = Buffer.from('SLYPORT\n');
const formatVersion = 1;
const versionAt = 8;
const domainAt = 9;
const domainBytes = 16;
const wrappedLengthAt = 25;
const wrappedAt = 27;
const wrappedBytesMax = 256;
const prefixAt = wrappedAt + wrappedBytesMax;
export const noncePrefixBytes = 7;

export interface Header {
  readonly domain: KeyDomainId;
  readonly wrapped: Buffer;
  readonly noncePrefix: Buffer;
  /** All 512 bytes: additional data of every segment. */
  readonly bytes: Buffer;
}

export function writeHeader(domain: KeyDomainId, wrapped: Buffer, noncePrefix: Buffer): Header {
  if (wrapped.length > wrappedBytesMax) throw new Error('the wrapped data key is too long for the header');
  const bytes = Buffer.alloc(headerBytes);
  magic.copy(bytes);
  bytes[versionAt] = formatVersion;
  bytes.write(domain, domainAt, domainBytes, 'latin1');
  bytes.writeUInt16BE(wrapped.length, wrappedLengthAt);
  wrapped.copy(bytes, wrappedAt);
  noncePrefix.copy(bytes, prefixAt);
  return { domain, wrapped, noncePrefix, bytes };
}

/** Undefined when the bytes are no header of this version. Whether they are the right ones, the segments tell. */
export function readHeader(bytes: Buffer): Header | undefined {
  if (bytes.length !== headerBytes || !bytes.subarray(0, magic.length).equals(magic)) return undefined;
  const wrappedLength = bytes.readUInt16BE(wrappedLengthAt);
  if (bytes[versionAt] !== formatVersion || wrappedLength > wrappedBytesMax) return undefined;
  return {
    domain: bytes.toString('latin1', domainAt, domainAt + domainBytes) as KeyDomainId,
    wrapped: bytes.subarray(wrappedAt, wrappedAt + wrappedLength),
    noncePrefix: bytes.subarray(prefixAt, prefixAt + noncePrefixBytes),
    bytes,
  };
}

/** How many segments a stored size holds, and how many plaintext bytes; undefined for a size that cannot be. */
export function layoutOf(storedBytes: number): { readonly segments: number; readonly plainBytes: number } | undefined {
  const body = storedBytes - headerBytes;
  if (body < tagBytes) return undefined;
  const segments = Math.ceil(body / sealedSegmentBytes);
  const lastBytes = body - (segments - 1) * sealedSegmentBytes;
  if (lastBytes < tagBytes || (segments > 1 && lastBytes === tagBytes)) return undefined;
  return { segments, plainBytes: body - segments * tagBytes };
}

/** prefix (7) ‖ segment number (4) ‖ 1 for the last segment (1): no nonce occurs twice under one data key. */
function nonceOf(header: Header, index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  header.noncePrefix.copy(nonce);
  nonce.writeUInt32BE(index, noncePrefixBytes);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

export interface SegmentPlace {
  readonly header: Header;
  readonly index: number;
  readonly isLast: boolean;
}

/** Ciphertext and tag; the plaintext's buffer may be used again at once. */
export function sealSegment(key: Buffer, place: SegmentPlace, plaintext: Uint8Array) {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(place.header, place.index, place.isLast));
  cipher.setAAD(place.header.bytes);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/** The plaintext, verified. Throws when anything about the segment, its place or its header is not as it was written. */
export function openSegment(key: Buffer, place: SegmentPlace, sealed: Uint8Array): Buffer {
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(place.header, place.index, place.isLast));
  decipher.setAAD(place.header.bytes);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  decipher.final();
  return plaintext;
}
