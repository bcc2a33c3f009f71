// The event loop's delay, as the server's own /metrics tells it: a histogram that only grows, so two of them subtract.

/** Upper bounds in seconds, and how many samples were at most that late. */
export type LoopDelay = ReadonlyMap<number, number>;

export function readLoopDelay(metrics: string): LoopDelay | undefined {
  const lines = metrics.matchAll(/^sallyport_event_loop_delay_seconds_bucket\{([^}]*)\} (\d+)/gm);
  const found = new Map<number, number>();
  for (const [, labels = '', count = ''] of lines) {
    const text = /\ble="([^"]+)"/.exec(labels)?.[1] ?? '';
    const bound = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
    // Each worker tells its own.
    found.set(bound, (found.get(bound) ?? 0) + Number(count));
  }
  return found.size === 0 ? undefined : found;
}

/** The bound below which so large a share of the samples between the two lies, in milliseconds. */
export function delayBetween(before: LoopDelay, after: LoopDelay, share: number): number | undefined {
  const grown = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const);
  const total = grown.at(-1)?.[1] ?? 0;
  if (total === 0) return undefined;
  const found = grown.find(([, count]) => count >= total * share);
  return found && found[0] * 1000;
}
