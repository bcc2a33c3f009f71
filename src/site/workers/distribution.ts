// Gives accepted connections to the workers in turn, one at a time each. While no worker is there, they wait.

import type { Socket } from 'node:net';

export interface Taker {
  /** Resolves when it has taken the connection, or will not any more. */
  give(socket: Socket): Promise<void>;
}

export interface Distribution {
  /** A connection has come. */
  take(socket: Socket): void;
  join(taker: Taker): void;
  leave(taker: Taker): void;
  /** Ends those that wait, and whatever still comes. */
  close(): void;
}

/** Beyond `waitingMax` connections are closed at once. */
export function openDistribution(waitingMax: number): Distribution {
  const joined = new Set<Taker>();
  // In the order in which they became free.
  const free = new Set<Taker>();
  const waiting: Socket[] = [];
  let isClosed = false;

  const give = async (taker: Taker, socket: Socket): Promise<void> => {
    await taker.give(socket);
    // Only this process's hold on it: the connection is the worker's, or ends.
    socket.destroy();
    if (joined.has(taker)) offer(taker);
  };
  const offer = (taker: Taker) => {
    const next = waiting.shift();
    if (next === undefined) free.add(taker);
    else void give(taker, next);
  };
  return {
    take(socket) {
      const [taker] = free;
      if (taker !== undefined) {
        free.delete(taker);
        void give(taker, socket);
      } else if (isClosed || waiting.length >= waitingMax) {
        socket.destroy();
      } else {
        waiting.push(socket);
      }
    },
    join(taker) {
      joined.add(taker);
      offer(taker);
    },
    leave(taker) {
      joined.delete(taker);
      free.delete(taker);
    },
    close() {
      isClosed = true;
      for (const socket of waiting.splice(0)) socket.destroy();
    },
  };
}
