// Reads an encrypted blob or a range of it: only the segments it needs, each verified before a byte of it is given.

import { DomainError } from '#core/errors.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import { releaseBuffer } from '#std/release-buffer.ts';
import { BlobDamagedError, BlobNotFoundError, type BlobStore, type ByteRange } from '../blob-store.ts';
import { resolveRange } from '../byte-range.ts';
import { domainOf, type Header, headerBytes, parseHeader } from './header.ts';
import { inSegments } from './in-segments.ts';
import { layoutOf, segmentOf, startOf, storedSegmentBytes } from './layout.ts';
import { openSegment, type SegmentPlace } from './segments.ts';

interface Source {
  readonly store: BlobStore;
  readonly keyRing: KeyRing;
}

/** The stored bytes to read and what of their plaintext is wanted. */
interface Span {
  readonly stored: ByteRange | undefined;
  readonly firstSegment: number;
  /** False when segments that are not read must follow. */
  readonly reachesEnd: boolean;
  readonly first: number;
  readonly last: number;
}

const whole: Span = {
  stored: undefined,
  firstSegment: 0,
  reachesEnd: true,
  first: 0,
  last: Number.MAX_SAFE_INTEGER,
};

export async function* readEncrypted(
  source: Source,
  key: string,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const span = range === undefined ? whole : await spanOf(source, key, range);
  let opener = span.firstSegment === 0 ? undefined : await openerOf(source, key, await readHead(source.store, key));
  let index = span.firstSegment;
  try {
    for await (const { bytes, isFinal } of inSegments(source.store.read(key, span.stored))) {
      opener ??= await openerOf(source, key, bytes);
      const plain = opener.open(index, isFinal && span.reachesEnd, bytes);
      releaseBuffer(bytes);
      const from = Math.max(0, span.first - startOf(index));
      const until = Math.min(plain.length, span.last + 1 - startOf(index));
      if (from < until) yield plain.subarray(from, until);
      index += 1;
    }
  } finally {
    opener?.forget();
  }
  if (opener === undefined) throw new BlobDamagedError(key, 'it is empty');
}

/** The layout is what the stored size says; that nothing was cut off or added, the segments tell. */
async function spanOf(source: Source, key: string, range: ByteRange): Promise<Span> {
  const stat = await source.store.stat(key);
  if (stat === undefined) throw new BlobNotFoundError(key);
  const layout = layoutOf(stat.sizeBytes);
  if (layout === undefined) throw new BlobDamagedError(key, 'no blob has its size');
  const { first, last } = await insideOf(source, key, range, layout.plainBytes);
  const firstSegment = segmentOf(first);
  const reachesEnd = segmentOf(last) === layout.segments - 1;
  const end = reachesEnd ? stat.sizeBytes : (segmentOf(last) + 1) * storedSegmentBytes;
  return { stored: { first: firstSegment * storedSegmentBytes, last: end - 1 }, firstSegment, reachesEnd, first, last };
}

/** A range beyond the end of a blob that was cut short is damage: the end is believed only when it is verified. */
async function insideOf(source: Source, key: string, range: ByteRange, plainBytes: number): Promise<ByteRange> {
  try {
    return resolveRange(range, plainBytes);
  } catch (outside) {
    const lastByte = { first: plainBytes - 1, last: plainBytes - 1 };
    for await (const _ of readEncrypted(source, key, plainBytes === 0 ? undefined : lastByte));
    throw outside;
  }
}

/** Opens segments with the data key that the header holds, until it is forgotten; throws BlobDamagedError. */
async function openerOf({ keyRing }: Source, key: string, head: Uint8Array) {
  const header = parseHeader(head);
  if (header === undefined) throw new BlobDamagedError(key, 'its header is none of ours');
  const dataKey = await unwrap(keyRing, key, header);
  return {
    open(index: number, isLast: boolean, stored: Uint8Array): Buffer {
      const place: SegmentPlace = { header, index, isLast };
      try {
        return openSegment(dataKey, place, stored);
      } catch (cause) {
        throw new BlobDamagedError(key, `segment ${index} is not what was written`, { cause });
      }
    },
    forget: () => void dataKey.fill(0),
  };
}

async function unwrap(keyRing: KeyRing, key: string, header: Header): Promise<Buffer> {
  if (header.domain !== domainOf(key)) throw new BlobDamagedError(key, 'it belongs to another key domain');
  try {
    return await keyRing.unwrapDataKey(header.domain, key, header.wrapped);
  } catch (cause) {
    // A key or a store that cannot be had now says nothing about the blob.
    if (cause instanceof DomainError) throw cause;
    throw new BlobDamagedError(key, 'its data key does not open', { cause });
  }
}

async function readHead(store: BlobStore, key: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(key, { first: 0, last: headerBytes - 1 })) pieces.push(piece);
  return Buffer.concat(pieces);
}
