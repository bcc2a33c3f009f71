// A listening socket for HTTP or HTTPS: limits on heads, connections that end well, and one handler for everything.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, Server as SecureServer } from 'node:https';
import type { Server as NetServer, Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { limits } from '#core/limits.ts';
import { bind } from './bind.ts';
import { boundConnections, type ConnectionLimits, pipelineGuard } from './connections.ts';
import { type ConnectionFeed, type FedConnections, feedConnections } from './fed-connections.ts';
import { openProxiedServer } from './proxied-server.ts';

export type MessageHandler = (message: IncomingMessage, response: ServerResponse, expects: boolean) => Promise<void>;

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Undefined for plaintext. */
  readonly secure: SecureContextOptions | undefined;
  readonly handle: MessageHandler;
  /** Set where every connection begins with a header of the PROXY protocol, from one of these. */
  readonly proxyProtocol?: { readonly isTrusted: (address: string) => boolean } | undefined;
  /** Set where another process accepts the connections: nothing is bound. */
  readonly feed?: ConnectionFeed | undefined;
  readonly connections: ConnectionLimits & { /** A head must be here this soon. */ readonly headMs: number };
}

export interface Listener {
  /** Who the PROXY protocol says is connected; undefined without it. */
  sourceOf(socket: Socket): string | undefined;
  readonly host: string;
  /** The port that was bound; never 0. */
  readonly port: number;
  /** Takes another certificate for connections from now on. */
  setSecureContext(context: SecureContextOptions): void;
  /** Stops accepting; resolves when running requests have ended, or were ended after `graceMs`. */
  close(graceMs: number): Promise<void>;
}

const keepAliveTimeoutMs = 75_000;
const idleSocketTimeoutMs = 120_000;

/** Rejects with one sentence when the address cannot be had. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { host, port, secure, handle, connections, feed } = options;
  const settings = {
    maxHeaderSize: limits.headerBytesMax,
    requireHostHeader: true,
    insecureHTTPParser: false,
    // How often heads are looked at that are not here yet.
    connectionsCheckingInterval: connections.headMs / 4,
  };
  const server: Server | SecureServer =
    secure === undefined
      ? createServer(settings)
      : createSecureServer({ ...settings, ...secure, minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] });
  const proxied = proxiedServer(server, options);
  const addressOf = (socket: Socket) => proxied?.sourceOf(socket) ?? socket.remoteAddress ?? '';
  boundConnections(server, connections, secure === undefined, addressOf);
  server.headersTimeout = connections.headMs;
  // Node would forget the rest without a word: what is too many is refused where heads are judged.
  server.maxHeadersCount = 0;
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.timeout = idleSocketTimeoutMs;
  const mayPipeline = pipelineGuard(connections.pipelinedMax);
  const answer = (expects: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    if (!mayPipeline(message, response)) {
      message.socket.destroy();
      return;
    }
    handle(message, response, expects).catch(() => response.destroy());
  };
  server.on('request', answer(false));
  server.on('checkContinue', answer(true));
  const listening = proxied?.server ?? server;
  if (feed === undefined) await bind(listening, host, port);
  const fed = feed && feedConnections(listening, feed, connections.max);
  // An HTTP server that does not listen itself must be told, to look after heads that do not come.
  if (listening !== server || fed !== undefined) server.emit('listening');
  return {
    sourceOf: (socket) => proxied?.sourceOf(socket),
    host,
    port: feed?.port ?? portOf(listening) ?? port,
    setSecureContext(context) {
      if (server instanceof SecureServer) server.setSecureContext(context);
    },
    async close(graceMs) {
      proxied?.closeWaiting();
      await close(server, listening, fed, graceMs);
    },
  };
}

function proxiedServer(server: Server | SecureServer, { proxyProtocol, connections }: ListenerOptions) {
  if (proxyProtocol === undefined) return undefined;
  return openProxiedServer(server, { ...proxyProtocol, headMs: connections.headMs, connectionsMax: connections.max });
}

function portOf(server: NetServer): number | undefined {
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

/** An HTTP server counts no connections but those it accepts: who gave it the others knows when the last has ended. */
async function close(
  server: Server | SecureServer,
  listening: NetServer,
  fed: FedConnections | undefined,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => listening.close(() => resolve()));
  if (listening !== server) server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await Promise.all([closed, fed?.end()]);
  clearTimeout(timer);
}
