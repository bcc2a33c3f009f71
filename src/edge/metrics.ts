// Counters for Prometheus, in its text format: requests by door, operation and status, and the process itself.

import type { Clock } from '#core/clock.ts';
import type { Exit } from '#gateway/dispatch.ts';
import { openEventLoopDelay } from './event-loop-delay.ts';

export interface Metrics {
  observe(exit: Exit): void;
  /** The exposition format, version 0.0.4. */
  text(): string;
  /** Stops watching the event loop. */
  close(): void;
}

/** Operations are bounded by the tables; a name that is in none counts as empty. */
const seriesMax = 5000;

export function openMetrics(clock: Clock): Metrics {
  const delay = openEventLoopDelay(clock);
  const requests = new Map<string, number>();
  return {
    observe({ door, operation, status }) {
      const series = `door="${escape(door)}",operation="${escape(operation)}",status="${status}"`;
      const known = requests.get(series);
      if (known === undefined && requests.size >= seriesMax) return;
      requests.set(series, (known ?? 0) + 1);
    },
    text() {
      const lines = ['# HELP sallyport_requests_total Requests answered.', '# TYPE sallyport_requests_total counter'];
      for (const [series, count] of requests) lines.push(`sallyport_requests_total{${series}} ${count}`);
      return `${[...lines, ...delay.lines(), ...processLines()].join('\n')}\n`;
    },
    close: () => delay.close(),
  };
}

function processLines(): readonly string[] {
  const { user, system } = process.cpuUsage();
  return [
    '# TYPE process_cpu_seconds_total counter',
    `process_cpu_seconds_total ${(user + system) / 1e6}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
  ];
}

function escape(text: string): string {
  return text.replace(/[^a-zA-Z0-9_-]/g, '').slice(0, 64);
}
