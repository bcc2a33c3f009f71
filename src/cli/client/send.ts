// Signs one request by Signature Version 4 and sends it; the answer is read whole.

import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as sendPlain } from 'node:http';
import { request as sendSecurely } from 'node:https';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Target } from './target.ts';

export interface Sent {
  readonly status: number;
  readonly requestId: string;
  readonly body: string;
}

const answerBytesMax = 64 * 1024 * 1024;
const answerWithinMs = 60_000;

/** A POST to the root of the endpoint, as JSON services take it. Rejects when there is no answer. */
export async function postSigned(target: Target, headers: Readonly<Record<string, string>>, body: string) {
  const { endpoint, region, credentials, authority } = target;
  const signer = new SignatureV4({ credentials, region, service: 'sallyport', sha256: Sha256, applyChecksum: false });
  const signed = await signer.sign({
    method: 'POST',
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: '/',
    query: {},
    headers: { host: endpoint.host, ...headers },
    body,
  });
  const ca = authority === undefined ? undefined : await readFile(authority);
  const send = endpoint.protocol === 'https:' ? sendSecurely : sendPlain;
  return new Promise<Sent>((resolve, reject) => {
    const options = { method: 'POST', headers: signed.headers, timeout: answerWithinMs, ...(ca && { ca }) };
    const sent = send(new URL('/', endpoint), options, (answer) => void readWhole(answer).then(resolve, reject));
    sent.on('timeout', () => sent.destroy(new Error(`${endpoint.origin} did not answer within a minute`)));
    sent.on('error', (cause) => reject(new Error(`${endpoint.origin} cannot be reached: ${cause.message}`, { cause })));
    sent.end(body);
  });
}

async function readWhole(answer: IncomingMessage): Promise<Sent> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > answerBytesMax) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  const requestId = String(answer.headers['x-amzn-requestid'] ?? '');
  return { status: answer.statusCode ?? 0, requestId, body: Buffer.concat(pieces).toString('utf8') };
}

/** SHA-256, and HMAC where a secret is given, as the signer asks for them. */
class Sha256 {
  #hash: Hash | Hmac;
  readonly #secret: Uint8Array | undefined;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#start();
  }
  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(chunk));
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
  reset(): void {
    this.#hash = this.#start();
  }
  #start(): Hash | Hmac {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
