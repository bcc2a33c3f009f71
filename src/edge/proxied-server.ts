// Stands before an HTTP server: takes the PROXY protocol's header from each connection, and then hands it on.

import { createServer, type Server, type Socket } from 'node:net';
import { proxyHeaderBytesMax, readProxyHeader } from './proxy-protocol.ts';

export interface ProxiedOptions {
  readonly isTrusted: (address: string) => boolean;
  /** The header must be here this soon. */
  readonly headMs: number;
  readonly connectionsMax: number;
}

export interface ProxiedServer {
  /** Listens in place of the HTTP server. */
  readonly server: Server;
  /** Whom the proxy named as the other end of a connection, over TLS too; undefined when it speaks for itself. */
  sourceOf(socket: Socket): string | undefined;
  /** Ends connections of which no header has come. */
  closeWaiting(): void;
}

/** Who is not trusted, sends no header or a wrong one is cut off without an answer. */
export function openProxiedServer(behind: Server, options: ProxiedOptions): ProxiedServer {
  // By both ends: TLS gives its requests another socket object, but these stay.
  const sources = new Map<string, string>();
  const waiting = new Set<Socket>();
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    if (!options.isTrusted(socket.remoteAddress ?? '')) {
      socket.destroy();
      return;
    }
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    takeHeader(socket, options.headMs, (source) => {
      waiting.delete(socket);
      const ends = endsOf(socket);
      if (source !== undefined) sources.set(ends, source);
      socket.once('close', () => sources.delete(ends));
      behind.emit('connection', socket);
    });
  });
  server.maxConnections = options.connectionsMax;
  return {
    server,
    sourceOf: (socket) => sources.get(endsOf(socket)),
    closeWaiting() {
      for (const socket of waiting) socket.destroy();
    },
  };
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

/** Reads no further than the header: what follows stays in the socket for whoever is next. */
function takeHeader(socket: Socket, headMs: number, onSource: (source: string | undefined) => void): void {
  let received = Buffer.alloc(0);
  const late = setTimeout(() => socket.destroy(), headMs);
  const giveUp = () => socket.destroy();
  const onReadable = () => {
    for (let piece: unknown = socket.read(); piece !== null; piece = socket.read()) {
      received = Buffer.concat([received, piece as Buffer]);
      const header = readProxyHeader(received.subarray(0, proxyHeaderBytesMax));
      if (header.kind === 'invalid') return giveUp();
      if (header.kind === 'complete') return finish(header.bytes, header.source);
    }
  };
  const stop = () => {
    clearTimeout(late);
    socket.off('readable', onReadable).off('error', giveUp).off('end', giveUp).off('close', stop);
  };
  const finish = (bytes: number, source: string | undefined) => {
    stop();
    if (received.length > bytes) socket.unshift(received.subarray(bytes));
    onSource(source);
  };
  socket.on('readable', onReadable).on('error', giveUp).on('end', giveUp).on('close', stop);
}
