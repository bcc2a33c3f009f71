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

export interface SignedPost {
  /** What the signature is for: `sallyport`, `kms`. */
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly answerBytesMax?: number;
  /** From the start to the last byte of the answer; when left out only silence is bounded. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** No answer, or none that was read to its end. The message names the server. */
export class NoAnswerError extends Error {
  readonly why: 'unreachable' | 'untrusted' | 'late' | 'too-long';
  constructor(why: NoAnswerError['why'], message: string, cause?: unknown) {
    super(message, { cause });
    this.why = why;
  }
}

const answerBytesMost = 64 * 1024 * 1024;
const silenceMs = 60_000;

/** A POST to the root of the endpoint, as JSON services take it. Rejects with NoAnswerError. Follows no redirects. */
export async function postSigned(target: Target, post: SignedPost): Promise<Sent> {
  const { endpoint, region, credentials, authority } = target;
  const { service, body, answerBytesMax = answerBytesMost, withinMs } = post;
  const signer = new SignatureV4({ credentials, region, service, sha256: Sha256, applyChecksum: false });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: endpoint.protocol,
    hostname: endpoint.hostname,
    path: '/',
    query: {},
    headers: { host: endpoint.host, ...post.headers },
    body,
  });
  const ca = authority === undefined ? undefined : await readFile(authority);
  const send = endpoint.protocol === 'https:' ? sendSecurely : sendPlain;
  const late = withinMs === undefined ? undefined : AbortSignal.timeout(withinMs);
  const signals = [late, post.signal].filter((signal) => signal !== undefined);
  return new Promise<Sent>((resolve, reject) => {
    const fail = (cause: Error) => reject(noAnswer(endpoint, cause, signals));
    // A connection of its own: one that the other side is about to close would look like a server that is away.
    const options = { method: 'POST', headers, agent: false, timeout: silenceMs, signal: AbortSignal.any(signals) };
    // Said, so that no variable of Node's can turn it off: it would be set for something else.
    const trust = { rejectUnauthorized: true, ...(ca && { ca }) };
    const sent = send(new URL('/', endpoint), { ...options, ...trust }, (answer) => {
      void readWhole(endpoint, answer, answerBytesMax).then(resolve, fail);
    });
    sent.on('timeout', () => sent.destroy(new NoAnswerError('late', lateText(endpoint.origin))));
    sent.on('error', fail);
    sent.end(body);
  });
}

const lateText = (origin: string) => `${origin} did not answer in time`;

function noAnswer({ origin }: URL, cause: Error, signals: readonly AbortSignal[]): NoAnswerError {
  if (cause instanceof NoAnswerError) return cause;
  if (signals.some(({ aborted }) => aborted)) return new NoAnswerError('late', lateText(origin), cause);
  const code = 'code' in cause ? String(cause.code) : '';
  const why = /CERT|SIGNATURE|ISSUER|^ERR_(TLS|SSL)/.test(code) ? 'untrusted' : 'unreachable';
  return new NoAnswerError(why, `${origin} cannot be reached: ${cause.message}`, cause);
}

async function readWhole({ origin }: URL, answer: IncomingMessage, bytesMax: number): Promise<Sent> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new NoAnswerError('too-long', `the answer of ${origin} is too long`);
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
