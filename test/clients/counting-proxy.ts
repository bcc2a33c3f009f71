// Stands between clients and the server on loopback and counts what clients send: a free second push sends no layer.

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CountingProxy {
  /** `127.0.0.1:41234`. */
  readonly host: string;
  /** Bytes that clients have sent so far, requests and all. */
  sentBytes(): number;
  close(): Promise<void>;
}

/** Forwards to `target` (`127.0.0.1:5000`), in both directions and half-closed where a side is. */
export async function openCountingProxy(target: string): Promise<CountingProxy> {
  const [hostname = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let sentBytes = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    client.on('data', (bytes) => {
      sentBytes += bytes.length;
    });
    client.pipe(upstream);
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      // A connection that breaks on one side breaks on the other.
      socket.on('error', () => other.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${own}`,
    sentBytes: () => sentBytes,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
