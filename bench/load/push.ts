// Pushes as clients make them, over one raw connection: monolithic, streamed, chunked; and whole small images.

import { createHash } from 'node:crypto';
import type { Answer, Connection } from './connection.ts';
import type { Address, MadeLayer, PushStyle } from './jobs.ts';
import { piecesOf } from './layers.ts';
import { headText, type RequestParts, requestText } from './request-text.ts';

export interface PushTo {
  readonly connection: Connection;
  readonly address: Address;
  readonly repository: string;
  /** Called after each request with how long it took. */
  readonly onRequest: (tookMs: number) => void;
}

const chunkBytes = 16 * 1024 * 1024;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

type Pieces = Iterable<Uint8Array>;

export async function pushLayer(to: PushTo, layer: MadeLayer, style: PushStyle): Promise<void> {
  await pushBlob(to, layer.digest, style, layer.sizeBytes, (first, length) => piecesOf(layer, first, length));
}

/** A layer, a configuration of its own and the manifest under a tag. */
export async function pushImage(to: PushTo, layer: MadeLayer, tag: string): Promise<void> {
  await pushLayer(to, layer, 'streamed');
  const config = Buffer.from(JSON.stringify({ architecture: 'amd64', os: 'linux', layer: layer.digest }));
  const digest = digestOf(config);
  await pushBlob(to, digest, 'streamed', config.length, () => [config]);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, digest, size: config.length },
      layers: [{ mediaType: layerType, digest: layer.digest, size: layer.sizeBytes }],
    }),
  );
  const path = `/v2/${to.repository}/manifests/${tag}`;
  await send(to, { method: 'PUT', path, headers: { 'content-type': manifestType }, body: manifest }, 201);
}

async function pushBlob(
  to: PushTo,
  digest: string,
  style: PushStyle,
  sizeBytes: number,
  bytesFrom: (first: number, length: number) => Pieces,
): Promise<void> {
  const begun = await send(to, { method: 'POST', path: `/v2/${to.repository}/blobs/uploads/` }, 202);
  let location = locationOf(begun);
  if (style === 'monolithic') {
    const length = { 'content-length': String(sizeBytes) };
    const path = withDigest(location, digest);
    await sendBody(to, { method: 'PUT', path, headers: length }, bytesFrom(0, sizeBytes), 201);
    return;
  }
  if (style === 'streamed') {
    const headers = { 'transfer-encoding': 'chunked', 'content-type': 'application/octet-stream' };
    const parts = { method: 'PATCH', path: location, headers };
    location = locationOf(await sendBody(to, parts, framed(bytesFrom(0, sizeBytes)), 202));
  }
  if (style === 'chunked') location = await sendChunks(to, location, sizeBytes, bytesFrom);
  await send(to, { method: 'PUT', path: withDigest(location, digest) }, 201);
}

async function sendChunks(
  to: PushTo,
  firstLocation: string,
  sizeBytes: number,
  bytesFrom: (first: number, length: number) => Pieces,
): Promise<string> {
  let location = firstLocation;
  for (let first = 0; first < sizeBytes; first += chunkBytes) {
    const length = Math.min(chunkBytes, sizeBytes - first);
    const headers = {
      'content-length': String(length),
      'content-range': `${first}-${first + length - 1}`,
      'content-type': 'application/octet-stream',
    };
    location = locationOf(
      await sendBody(to, { method: 'PATCH', path: location, headers }, bytesFrom(first, length), 202),
    );
  }
  return location;
}

function send(to: PushTo, parts: RequestParts, expectedStatus: number): Promise<Answer> {
  return sendBody(to, parts, undefined, expectedStatus);
}

async function sendBody(
  { connection, address, onRequest }: PushTo,
  parts: RequestParts,
  body: Pieces | undefined,
  expectedStatus: number,
): Promise<Answer> {
  const began = performance.now();
  const head = body === undefined ? requestText(address, parts).bytes : Buffer.from(headText(address, parts), 'latin1');
  await connection.write(head);
  for (const piece of body ?? []) {
    const full = connection.write(piece);
    if (full !== undefined) await full;
  }
  const answer = await connection.answer({ keepBody: true });
  onRequest(performance.now() - began);
  if (answer.status === expectedStatus) return answer;
  const said = `${answer.status}: ${answer.body?.toString().slice(0, 300)}`;
  throw new Error(`${parts.method} ${parts.path} was answered ${said}`);
}

function* framed(pieces: Pieces): Generator<Uint8Array> {
  for (const piece of pieces) {
    yield Buffer.from(`${piece.length.toString(16)}\r\n`, 'latin1');
    yield piece;
    yield lineEnd;
  }
  yield bodyEnd;
}

const lineEnd = Buffer.from('\r\n');
const bodyEnd = Buffer.from('0\r\n\r\n');

function locationOf({ head }: Answer): string {
  const text = /\nlocation: *(\S+)/i.exec(head)?.[1];
  if (text === undefined) throw new Error(`an answer without Location: ${head}`);
  const url = new URL(text, 'http://relative');
  return url.pathname + url.search;
}

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`;
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
