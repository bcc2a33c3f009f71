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

interface Series {
  readonly labels: string;
  count: number;
}

/** `openRequests` is how many are open now; `furtherLines` are lines of the same format that others count. */
export function openMetrics(
  clock: Clock,
  openRequests: () => number,
  furtherLines: () => readonly string[] = () => [],
): Metrics {
  const delay = openEventLoopDelay(clock);
  // By operation, then by status: counting an answer builds no text.
  const doors = new Map<string, Map<string, Map<number, Series>>>();
  const all: Series[] = [];
  const seriesOf = ({ door, operation, status }: Exit): Series | undefined => {
    const known = doors.get(door)?.get(operation)?.get(status);
    if (known !== undefined || all.length >= seriesMax) return known;
    const operations = doors.get(door) ?? new Map<string, Map<number, Series>>();
    const statuses = operations.get(operation) ?? new Map<number, Series>();
    const labels = `door="${escape(door)}",operation="${escape(operation)}",status="${status}"`;
    const series = { labels, count: 0 };
    doors.set(door, operations.set(operation, statuses.set(status, series)));
    all.push(series);
    return series;
  };
  return {
    observe(exit) {
      delay.busy();
      const series = seriesOf(exit);
      if (series !== undefined) series.count += 1;
    },
    text() {
      const lines = ['# HELP sallyport_requests_total Requests answered.', '# TYPE sallyport_requests_total counter'];
      for (const { labels, count } of all) lines.push(`sallyport_requests_total{${labels}} ${count}`);
      lines.push('# HELP sallyport_open_requests Requests not yet answered.', '# TYPE sallyport_open_requests gauge');
      lines.push(`sallyport_open_requests ${openRequests()}`);
      return `${[...lines, ...delay.lines(), ...furtherLines(), ...processLines()].join('\n')}\n`;
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
