// Connections that were handed to a worker and not taken by it: they end with it, so that no client waits for ever.

import type { Worker } from 'node:cluster';

/** A socket of the operating system as Node's cluster hands it on; its `fd` is negative once it is closed. */
interface Handle {
  readonly fd: number;
  close(): void;
}

type Send = (message: unknown, handle?: unknown, ...rest: unknown[]) => boolean;

/** By whom each was handed to last. */
const handed = new Map<Handle, Worker>();

/**
 * The supervisor accepts connections, passes each on, and closes its own copy when the worker says that it has it. A
 * worker that dies before says nothing: the copy would stay open, and the client with it.
 */
export function endHandedConnections(worker: Worker): void {
  // Its types know the public handles only; the cluster hands on those beneath them.
  const child = worker.process as unknown as { send: Send };
  const send = child.send.bind(child);
  child.send = (message, handle, ...rest) => {
    if (isHandle(handle)) note(handle, worker);
    return send(message, handle, ...rest);
  };
  worker.once('exit', () => {
    for (const [handle, holder] of handed) {
      if (holder !== worker) continue;
      if (handle.fd >= 0) handle.close();
      handed.delete(handle);
    }
  });
}

/** Those that were taken meanwhile are closed: there are never more than a few that are not. */
function note(handle: Handle, worker: Worker): void {
  for (const known of handed.keys()) if (known.fd < 0) handed.delete(known);
  handed.set(handle, worker);
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'fd' in value && 'close' in value;
}
