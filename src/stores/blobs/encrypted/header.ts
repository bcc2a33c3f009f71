// The header of an encrypted blob, down to bytes: docs/design/blob-format.md says the same in words.

import type { KeyDomainId } from '#core/ports/key-ring.ts';

export const headerBytes = 512;
export const noncePrefixBytes = 7;

const magic = Buffer.from('SLYPORT\n');
const formatVersion = 1;
const versionAt = 8;
const domainAt = 9;
const domainBytes = 16;
const wrappedLengthAt = 25;
const wrappedAt = 27;
const wrappedBytesMax = 256;
const prefixAt = wrappedAt + wrappedBytesMax;

export interface Header {
  readonly domain: KeyDomainId;
  /** The data key, wrapped by the domain's key: opaque here, it names its own key and version. */
  readonly wrapped: Buffer;
  readonly noncePrefix: Buffer;
  /** All 512 bytes: additional data of every segment. */
  readonly bytes: Buffer;
}

/** The key domain is the first segment of the blob's key. Throws for a key that has none. */
export function domainOf(key: string): KeyDomainId {
  if (key.indexOf('/') !== domainBytes) throw new Error(`the blob key ${key.slice(0, 200)} begins with no key domain`);
  return key.slice(0, domainBytes) as KeyDomainId;
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

/**
 * What the first bytes of a stored blob say, copied out of them; undefined when they are no header of this version.
 * Whether they are the right ones, the segments tell.
 */
export function parseHeader(stored: Uint8Array): Header | undefined {
  if (stored.length < headerBytes) return undefined;
  const bytes = Buffer.from(stored.subarray(0, headerBytes));
  if (!bytes.subarray(0, magic.length).equals(magic) || bytes[versionAt] !== formatVersion) return undefined;
  const wrappedLength = bytes.readUInt16BE(wrappedLengthAt);
  if (wrappedLength > wrappedBytesMax) return undefined;
  return {
    domain: bytes.toString('latin1', domainAt, domainAt + domainBytes) as KeyDomainId,
    wrapped: bytes.subarray(wrappedAt, wrappedAt + wrappedLength),
    noncePrefix: bytes.subarray(prefixAt, prefixAt + noncePrefixBytes),
    bytes,
  };
}
