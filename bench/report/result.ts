// What a run of the bench found: plain data, as it is written with --json and compared later.

import type { Unit } from '../cases/bench-case.ts';

/** One sample of a case, everything per unit unless its name says otherwise. */
export interface Sample {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly unitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The load generator's own. */
  readonly loadCpuMs: number;
  readonly writtenBytes: number;
  /** Of the whole server, highest in this sample. */
  readonly peakRssBytes: number;
  /** 99 of 100 delays of the event loop were at most this long; NaN where the server does not tell. */
  readonly loopP99Ms: number;
}

export interface Row {
  readonly case: string;
  readonly unit: Unit;
  readonly subject: string;
  readonly rounds: number;
  /** Medians over the rounds. */
  readonly median: Sample;
  /** Smallest and largest server CPU of the rounds. */
  readonly cpuMsMin: number;
  readonly cpuMsMax: number;
  /** See the section's `ratio`; NaN for what it is measured against. */
  readonly ratio: number;
}

/** Which value a ratio is of, and which way round. */
export type RatioKind =
  | 'first/this cpuMs'
  | 'this/first cpuMs'
  | 'this/first p99Ms'
  | 'this/first unitsPerSecond'
  | 'this/first peakRssBytes';

export interface Section {
  readonly title: string;
  readonly ratio: RatioKind;
  readonly rows: readonly Row[];
}

export interface BenchResult {
  readonly format: 1;
  readonly date: string;
  readonly form: string;
  readonly machine: {
    readonly node: string;
    readonly cpus: number;
    readonly cpuModel: string;
    /** Of the last minute, when the bench began: other work on the machine. */
    readonly loadAverage: number;
  };
  readonly commit: string;
  /** What was left out and why, what was found beside the rows. */
  readonly remarks: readonly string[];
  readonly sections: readonly Section[];
}
