// Bounds on connections: in total, from one address, and on requests that one connection sends ahead of its answers.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';

export interface ConnectionLimits {
  readonly max: number;
  readonly perAddressMax: number;
  /** Requests that wait on one connection behind an answer that is still being written. */
  readonly pipelinedMax: number;
}

/** Counts from the TCP handshake on, before any TLS. Beyond the bounds a connection is closed at once. */
export function boundConnections(
  server: Server,
  limits: ConnectionLimits,
  isPlaintext: boolean,
  addressOf: (socket: Socket) => string = ({ remoteAddress }) => remoteAddress ?? '',
): void {
  const perAddress = new Map<string, number>();
  let open = 0;
  // Before the HTTP parser gets the socket.
  server.prependListener('connection', (socket: Socket) => {
    const address = addressOf(socket);
    const mine = (perAddress.get(address) ?? 0) + 1;
    if (open >= limits.max || mine > limits.perAddressMax) return turnAway(socket, isPlaintext);
    open += 1;
    perAddress.set(address, mine);
    socket.once('close', () => {
      open -= 1;
      const left = (perAddress.get(address) ?? 0) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
  });
}

const busy =
  'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n' +
  'Content-Type: text/plain; charset=utf-8\r\nContent-Length: 27\r\n\r\nThere are too many of you.\n';

function turnAway(socket: Socket, isPlaintext: boolean): void {
  socket.on('error', () => undefined);
  if (isPlaintext) socket.end(busy, () => socket.destroy());
  else socket.destroy();
}

/**
 * A function that counts requests whose answer has to wait for another one of the same connection. It returns false
 * when there are too many: clients of registries send one at a time, and all of them would be read in one go.
 */
export function pipelineGuard(pipelinedMax: number): (message: IncomingMessage, response: ServerResponse) => boolean {
  const behind = new WeakMap<Socket, number>();
  const add = (socket: Socket, difference: number) => {
    const count = (behind.get(socket) ?? 0) + difference;
    behind.set(socket, count);
    return count;
  };
  return ({ socket }, response) => {
    // A response without a socket stands behind another one of its connection.
    if (response.socket !== null) return true;
    response.once('close', () => add(socket, -1));
    return add(socket, 1) <= pipelinedMax;
  };
}
