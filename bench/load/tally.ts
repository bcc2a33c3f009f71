// Counts what a job did: answers, bytes, times, and the CPU that the load generator took for it.

import type { LoadResult } from './jobs.ts';

export interface Tally {
  /** The connections stand; time and CPU count from here. */
  begin(): void;
  end(): void;
  add(tookMs: number, bytes: number): void;
  result(): LoadResult;
}

export function openTally(): Tally {
  let times = new Float64Array(4096);
  let requests = 0;
  let bytes = 0;
  let beganMs = performance.now();
  let wallMs = 0;
  let cpu = process.cpuUsage();
  let cpuMs = 0;
  return {
    begin() {
      beganMs = performance.now();
      cpu = process.cpuUsage();
    },
    end() {
      wallMs = performance.now() - beganMs;
      const { user, system } = process.cpuUsage(cpu);
      cpuMs = (user + system) / 1000;
    },
    add(tookMs, moreBytes) {
      if (requests === times.length) {
        const larger = new Float64Array(times.length * 2);
        larger.set(times);
        times = larger;
      }
      times[requests++] = tookMs;
      bytes += moreBytes;
    },
    result() {
      const sorted = times.subarray(0, requests).sort();
      const at = (share: number) => sorted[Math.min(requests - 1, Math.floor(requests * share))] ?? Number.NaN;
      return { requests, bytes, wallMs, cpuMs, p50Ms: at(0.5), p99Ms: at(0.99) };
    },
  };
}
