// Leads each request to whoever answers when it comes, and knows when those that went to the one before are over.

import type { MessageHandler } from '#edge/listener.ts';
import type { Check, MetricsPage } from '#edge/management.ts';

/** What answers: the open site, or the sealed one. */
export interface Served {
  readonly handle: MessageHandler;
  readonly metrics: MetricsPage;
  /** What has to hold to be ready. */
  readonly checks: readonly Check[];
}

export interface Turnout {
  readonly handle: MessageHandler;
  serve(served: Served): void;
  served(): Served;
  drained(withinMs: number): Promise<void>;
}

/** One stretch of time in which the same one answered. */
interface Stretch {
  readonly served: Served;
  running: number;
  whenEmpty: (() => void) | undefined;
  /** One of its requests is over, well or not. */
  readonly over: () => void;
}

export function openTurnout(first: Served): Turnout {
  let now = newStretch(first);
  let before: Stretch = now;
  return {
    // Not async: every request comes by here, and a frame of its own would tell nobody anything.
    handle(message, response, expects) {
      const stretch = now;
      const handled = stretch.served.handle(message, response, expects);
      stretch.running += 1;
      handled.then(stretch.over, stretch.over);
      return handled;
    },
    serve(served) {
      before = now;
      now = newStretch(served);
    },
    served: () => now.served,
    async drained(withinMs) {
      const stretch = before;
      if (stretch.running === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, withinMs);
        stretch.whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

function newStretch(served: Served): Stretch {
  const stretch: Stretch = {
    served,
    running: 0,
    whenEmpty: undefined,
    over() {
      stretch.running -= 1;
      if (stretch.running === 0) stretch.whenEmpty?.();
    },
  };
  return stretch;
}
