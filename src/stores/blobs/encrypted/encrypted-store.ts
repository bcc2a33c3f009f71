// A blob store around another: what goes in is sealed segment by segment, what comes out is verified before it is given.

import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import {
  BlobDamagedError,
  BlobNotFoundError,
  type BlobStore,
  type ByteRange,
  defaultPieceBytes,
  resolveRange,
} from '../blob-store.ts';
import { encryptedWriter } from './encrypted-writer.ts';
import {
  type Header,
  headerBytes,
  layoutOf,
  noncePrefixBytes,
  openSegment,
  readHeader,
  sealedSegmentBytes,
  segmentBytes,
  writeHeader,
} from './format.ts';
import { inPieces } from './pieces.ts';

export interface EncryptedStoreOptions {
  readonly store: BlobStore;
  readonly keyRing: KeyRing;
  readonly random: Random;
}

/** The first segment of every key is the key domain; the data key is bound to the whole key. */
export function encryptedBlobStore({ store, keyRing, random }: EncryptedStoreOptions): BlobStore {
  return {
    read(key, range, pieceBytes = defaultPieceBytes) {
      const plain = readPlain(store, keyRing, key, range);
      return pieceBytes === segmentBytes ? plain : inPieces(plain, pieceBytes);
    },
    async write(key) {
      const domain = domainOf(key);
      const dataKey = await keyRing.generateDataKey(domain, key);
      const header = writeHeader(domain, dataKey.wrapped, random.bytes(noncePrefixBytes));
      return encryptedWriter(await store.write(key), header, dataKey.plaintext);
    },
    async stat(key) {
      const stored = await store.stat(key);
      return stored && { ...stored, sizeBytes: layoutOf(stored.sizeBytes)?.plainBytes ?? 0 };
    },
    async *list(prefix) {
      for await (const stored of store.list(prefix)) {
        yield { ...stored, sizeBytes: layoutOf(stored.sizeBytes)?.plainBytes ?? 0 };
      }
    },
    remove: (key) => store.remove(key),
    capabilities: () => store.capabilities(),
  };
}

function domainOf(key: string): KeyDomainId {
  return key.slice(0, Math.max(0, key.indexOf('/'))) as KeyDomainId;
}

/** The segments that a range touches, cut to it. */
async function* readPlain(
  store: BlobStore,
  keyRing: KeyRing,
  key: string,
  wanted: ByteRange | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stored = await store.stat(key);
  if (stored === undefined) throw new BlobNotFoundError(key);
  const layout = layoutOf(stored.sizeBytes);
  if (layout === undefined) throw new BlobDamagedError(key, 'its size is none that was ever written');
  const range = resolveRange(wanted, layout.plainBytes);
  const header = await readHeaderOf(store, key);
  const dataKey = await unwrap(keyRing, key, header);
  const lastIndex = layout.segments - 1;
  let index = Math.floor(range.first / segmentBytes);
  const until = Math.max(0, Math.floor(range.last / segmentBytes));
  const first = headerBytes + index * sealedSegmentBytes;
  const last = Math.min(headerBytes + (until + 1) * sealedSegmentBytes, stored.sizeBytes) - 1;
  for await (const sealed of store.read(key, { first, last }, sealedSegmentBytes)) {
    const place = { header, index, isLast: index === lastIndex };
    const start = index * segmentBytes;
    const plain = open(key, dataKey, place, sealed);
    const from = Math.max(0, range.first - start);
    const to = Math.min(plain.length, range.last + 1 - start);
    if (to > from) yield from === 0 && to === plain.length ? plain : plain.subarray(from, to);
    index += 1;
  }
  if (index !== until + 1) throw new BlobDamagedError(key, 'segments are missing');
}

function open(key: string, dataKey: Buffer, place: Parameters<typeof openSegment>[1], sealed: Uint8Array): Buffer {
  try {
    return openSegment(dataKey, place, sealed);
  } catch (cause) {
    throw new BlobDamagedError(key, `segment ${place.index} is not what was written`, { cause });
  }
}

async function readHeaderOf(store: BlobStore, key: string): Promise<Header> {
  const pieces: Uint8Array[] = [];
  for await (const piece of store.read(key, { first: 0, last: headerBytes - 1 })) pieces.push(piece);
  const header = readHeader(Buffer.concat(pieces));
  if (header === undefined || header.domain !== domainOf(key))
    throw new BlobDamagedError(key, 'its header is not ours');
  return header;
}

async function unwrap(keyRing: KeyRing, key: string, header: Header): Promise<Buffer> {
  try {
    return await keyRing.unwrapDataKey(header.domain, key, header.wrapped);
  } catch (cause) {
    throw new BlobDamagedError(key, 'its data key does not open', { cause });
  }
}
