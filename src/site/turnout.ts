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
}

export function openTurnout(first: Served): Turnout {
  let now: Stretch = { served: first, running: 0, whenEmpty: undefined };
  let before: Stretch = now;
  return {
    async handle(message, response, expects) {
      const stretch = now;
      stretch.running += 1;
      try {
        await stretch.served.handle(message, response, expects);
      } finally {
        stretch.running -= 1;
        if (stretch.running === 0) stretch.whenEmpty?.();
      }
    },
    serve(served) {
      before = now;
      now = { served, running: 0, whenEmpty: undefined };
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
