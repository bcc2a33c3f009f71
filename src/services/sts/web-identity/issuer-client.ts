// Asks identity providers for their documents: over TLS, within a time and a size, and never anywhere else than told.

import { lookup } from 'node:dns';
import { type ClientRequest, get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContext, type TLSSocket } from 'node:tls';
import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import { bareAddress, isLoopbackName, isReachable } from './reachable.ts';
import { noKey, unreachable, untrustedServer } from './refusals.ts';
import { distrust } from './server-trust.ts';

export interface IssuerClient {
  /**
   * The JSON at a URL. Throws identity-token-invalid for an answer that is none and for a server that is not to be
   * believed, identity-provider-unreachable for one that does not answer.
   */
  getJson(url: string, thumbprints: readonly string[]): Promise<unknown>;
}

export interface IssuerClientOptions {
  readonly clock: Clock;
  /** Certificates, as PEM, of authorities that are trusted beside the public ones. */
  readonly authorities: readonly string[];
  /** Lets providers be on this very host, there also without TLS: for tests and development. */
  readonly allowsLoopback: boolean;
  readonly timeoutMs?: number;
}

export function openIssuerClient(options: IssuerClientOptions): IssuerClient {
  let trust: SecureContext | undefined;
  return {
    async getJson(url, thumbprints) {
      const target = permitted(url, options.allowsLoopback);
      // Reading all authorities takes a while, and most sites have no provider.
      trust ??= trusting(options.authorities);
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      const request = begin(target, trust, options);
      request.once('response', (response) => void readAnswer(response, target).then(resolve, reject));
      request.once('error', (error) => {
        const log = `${target.href}: ${error.message}`;
        reject(error instanceof UntrustedError ? untrustedServer(log) : unreachable(log, error));
      });
      request.once('socket', (socket) => {
        socket.once('secureConnect', () => {
          const why = distrust(socket as TLSSocket, bareAddress(target.hostname), thumbprints, options.clock.nowMs());
          if (why !== undefined) request.destroy(new UntrustedError(why));
        });
      });
      return parsed(await promise, target);
    },
  };
}

class UntrustedError extends Error {}

function trusting(authorities: readonly string[]): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), ...authorities], minVersion: 'TLSv1.2' });
}

/** Throws identity-token-invalid: a URL of a provider's own choice is not asked just anywhere. */
function permitted(text: string, allowsLoopback: boolean): URL {
  const url = URL.parse(text);
  const refused = (why: string) => noKey(`${text.slice(0, 300)}: ${why}`);
  if (url === null || url.username !== '' || url.password !== '') throw refused('it is no URL to ask');
  const isPlain = url.protocol === 'http:' && allowsLoopback && isLoopbackName(url.hostname);
  if (url.protocol !== 'https:' && !isPlain) throw refused('it is not https');
  const address = bareAddress(url.hostname);
  if (isIP(address) !== 0 && !isReachable(address, allowsLoopback)) throw refused('its address is not asked');
  return url;
}

function begin(url: URL, secureContext: SecureContext, options: IssuerClientOptions): ClientRequest {
  const { allowsLoopback, timeoutMs } = options;
  const shared = {
    agent: false,
    lookup: reachableLookup(allowsLoopback),
    headers: { accept: 'application/json', 'user-agent': 'sallyport' },
    signal: AbortSignal.timeout(timeoutMs ?? limits.issuerTimeoutMs),
  };
  if (url.protocol === 'http:') return getPlain(url, shared);
  // `distrust` decides, before anything of the answer is read.
  const secured = { ...shared, secureContext, rejectUnauthorized: false };
  return getSecure(url, secured);
}

/** Names are looked up by us, so that the address that was judged is the address that is asked. */
function reachableLookup(allowsLoopback: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      const reachable = (found ?? []).filter(({ address }) => isReachable(address, allowsLoopback));
      const [first] = reachable;
      if (error !== null) callback(error, '', 0);
      else if (first === undefined) callback(new Error(`the addresses of ${hostname} are not asked`), '', 0);
      else if (options.all === true) callback(null, reachable);
      else callback(null, first.address, first.family);
    });
  };
}

async function readAnswer(response: IncomingMessage, url: URL): Promise<Buffer> {
  const { statusCode = 0 } = response;
  if (statusCode !== 200) {
    response.destroy();
    const log = `${url.href}: status ${statusCode}; redirects are not followed`;
    throw statusCode >= 500 || statusCode === 429 ? unreachable(log) : noKey(log);
  }
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > limits.issuerAnswerBytesMax) break;
      pieces.push(piece);
    }
  } catch (error) {
    throw unreachable(`${url.href}: its answer broke off`, error);
  }
  if (size > limits.issuerAnswerBytesMax) throw noKey(`${url.href}: its answer is too large`);
  return Buffer.concat(pieces);
}

function parsed(bytes: Buffer, url: URL): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw noKey(`${url.href}: its answer is no JSON`, error);
  }
}
