// Takes turns: how many requests begin in one turn of the event loop, and who is next when more than that have come.

import { fairQueue } from '#std/fair-queue.ts';

/** Whose work it is: a principal that has proved itself before, or a stranger, known only by the address. */
export interface Lane {
  readonly known: boolean;
  readonly name: string;
}

export interface Turns {
  /** True when a request may begin at once; it has then begun. */
  begin(): boolean;
  /** Resolves when it is this lane's turn. */
  wait(lane: Lane): Promise<void>;
  /** How many wait. */
  readonly waiting: number;
}

/**
 * One process has one thread: what makes a caller wait is the work of others that runs before its own. So at most
 * `startsPerTurn` requests begin in one turn of the event loop; the rest wait in a lane each, and lanes take turns.
 * Known principals and strangers have every other turn: strangers, however many their addresses, get half at most.
 * `defer` runs a function after the sockets were read, which is `setImmediate`.
 */
export function openTurns(startsPerTurn: number, defer: (task: () => void) => void): Turns {
  const known = fairQueue<() => void>();
  const strangers = fairQueue<() => void>();
  let started = 0;
  let strangersNext = false;
  let deferred = false;

  const take = (): (() => void) | undefined => {
    const [first, second] = strangersNext ? [strangers, known] : [known, strangers];
    strangersNext = !strangersNext;
    return first.take() ?? second.take();
  };
  const turn = () => {
    deferred = false;
    started = 0;
    while (started < startsPerTurn) {
      const go = take();
      if (go === undefined) break;
      started += 1;
      go();
    }
    // Those who begin now count against what the sockets bring next.
    if (started > 0) arm();
  };
  const arm = () => {
    if (deferred) return;
    deferred = true;
    defer(turn);
  };
  return {
    get waiting() {
      return known.size + strangers.size;
    },
    begin() {
      if (started >= startsPerTurn || known.size + strangers.size > 0) return false;
      started += 1;
      arm();
      return true;
    },
    wait(lane) {
      return new Promise((resolve) => {
        (lane.known ? known : strangers).push(lane.name, resolve);
        arm();
      });
    },
  };
}
