// A listening socket that serves nobody: it accepts connections and gives each, unread, to whoever passes it on.

import { createServer, type Socket } from 'node:net';
import { bind } from './bind.ts';

export interface AcceptingSocket {
  /** The port that was bound; never 0. */
  readonly port: number;
  /** Stops accepting. */
  close(): void;
}

/** Rejects with one sentence when the address cannot be had. */
export async function openAcceptingSocket(
  host: string,
  port: number,
  take: (socket: Socket) => void,
): Promise<AcceptingSocket> {
  const server = createServer({ pauseOnConnect: true, noDelay: true }, take);
  await bind(server, host, port);
  // Such as too many open files: the connection waits in the kernel.
  server.on('error', () => undefined);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () => void server.close(),
  };
}
