// Connections that another process accepts: given to a server as if it had accepted them itself, and counted for it.

import type { Server, Socket } from 'node:net';

export interface ConnectionFeed {
  /** Where they are accepted. */
  readonly port: number;
  /** Whoever takes them from now on. */
  take(taker: (socket: Socket) => void): void;
}

export interface FedConnections {
  /** Takes no more; resolves when those that are open have ended. */
  end(): Promise<void>;
}

/** The server listens nowhere. Beyond `max` open ones a connection is closed at once. */
export function feedConnections(server: Server, feed: ConnectionFeed, max: number): FedConnections {
  const open = new Set<Socket>();
  const ended = Promise.withResolvers<void>();
  let isEnding = false;
  feed.take((socket) => {
    if (isEnding || open.size >= max) return void socket.destroy();
    open.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      if (isEnding && open.size === 0) ended.resolve();
    });
    // As of connections that an HTTP server accepts: who has said all may still be answered.
    socket.allowHalfOpen = true;
    server.emit('connection', socket);
  });
  return {
    end() {
      isEnding = true;
      if (open.size === 0) ended.resolve();
      return ended.promise;
    },
  };
}
