// Binds a server to its address, and says in one sentence why that cannot be had.

import type { Server } from 'node:net';

export function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(bindText(error, host, port), { cause: error })),
    );
    server.listen(port, host, () => resolve());
  });
}

function bindText(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') return `${host}:${port} is taken by another process.`;
  if (error.code === 'EACCES') return `${host}:${port} may not be used by this user.`;
  return `${host}:${port} cannot be listened on: ${error.code}.`;
}
