// Turns Node's message into the corridor's request and call, with a body that keeps its promises.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Call } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Request, RequestBody } from '#core/message.ts';
import type { EndpointDirectory } from '#core/ports/endpoint-directory.ts';
import type { Random } from '#core/random.ts';
import { bodyStream } from './body-stream.ts';
import type { HostMeaning } from './hosts.ts';
import type { Origins } from './origins.ts';

export interface CallOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly endpoints: EndpointDirectory;
  /** Whether connections are encrypted. */
  readonly secureTransport: boolean;
  readonly origins: Origins;
  /** Who the PROXY protocol says is connected; undefined where it says nothing. */
  readonly sourceOf?: (socket: Socket) => string | undefined;
}

const userAgentCharsMax = 1024;

export function requestOf(message: IncomingMessage, body: RequestBody): Request {
  const target = message.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: message.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: message.headers,
    body,
  };
}

export function callOf(message: IncomingMessage, meaning: HostMeaning, options: CallOptions): Call {
  const { socket, headers } = message;
  const endpointId = options.endpoints.endpointOf(socket.localAddress ?? '', socket.localPort ?? 0);
  const peer = options.sourceOf?.(socket) ?? socket.remoteAddress ?? '';
  const origin = options.origins(headers, peer, options.secureTransport);
  const call: Call = {
    requestId: options.random.uuid(),
    receivedAtMs: options.clock.nowMs(),
    sourceAddress: origin.address,
    secureTransport: origin.secure,
    userAgent: (headers['user-agent'] ?? '').slice(0, userAgentCharsMax),
    host: (headers.host ?? '').toLowerCase(),
    registry: meaning.registry,
    neutralHost: meaning.neutral,
  };
  return endpointId === undefined ? call : { ...call, endpointId };
}

/** The body of a message. `onStart` is called when somebody begins to read it. */
export class MessageBody implements RequestBody {
  readonly declaredBytes: number | undefined;
  readonly #message: IncomingMessage;
  readonly #onStart: (() => void) | undefined;
  #whole: Promise<Buffer> | undefined;

  constructor(message: IncomingMessage, onStart: (() => void) | undefined) {
    const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
    // Node has refused a length that is no number; without length and encoding there is no body.
    this.declaredBytes = encoding === undefined ? Number(length ?? 0) : undefined;
    this.#message = message;
    this.#onStart = onStart;
  }

  stream(): AsyncIterable<Uint8Array> {
    this.#onStart?.();
    return bodyStream(this.#message);
  }

  bytes(bytesMax: number): Promise<Buffer> {
    if (this.declaredBytes !== undefined && this.declaredBytes > bytesMax) return Promise.reject(tooLarge(bytesMax));
    this.#whole ??= collect(this.stream(), bytesMax);
    return this.#whole;
  }
}

async function collect(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of body) {
    total += piece.length;
    if (total > bytesMax) throw tooLarge(bytesMax);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(bytesMax: number): DomainError {
  return new DomainError('request-too-large', `The request body may have at most ${bytesMax} bytes.`, {});
}
