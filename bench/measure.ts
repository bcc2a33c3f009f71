// Measures a group of subjects in turn (A B A B), so that whatever else the machine does meets all of them alike.

import type { BenchCase, Runner, Tools, Unit } from './cases/bench-case.ts';
import type { RatioKind, Row, Sample } from './report/result.ts';
import { delayBetween } from './targets/loop-delay.ts';
import { resetPeaks, usageOf } from './targets/process-tree.ts';
import type { Target } from './targets/target.ts';

/** One line of a group: a case on a target, under a name that tells it from the others of the group. */
export interface Subject {
  readonly name: string;
  readonly target: Target;
  readonly bench: BenchCase;
}

export interface Group {
  readonly name: string;
  readonly unit: Unit;
  /** The first one is what ratios are measured against. */
  readonly subjects: readonly Subject[];
  readonly rounds: number;
}

export async function measureGroup(group: Group, tools: Tools, ratio: RatioKind): Promise<readonly Row[]> {
  const opened: Array<{ readonly subject: Subject; readonly runner: Runner; readonly samples: Sample[] }> = [];
  for (const subject of group.subjects) {
    opened.push({ subject, runner: await subject.bench.open(subject.target, tools), samples: [] });
  }
  for (let round = 0; round < group.rounds; round += 1) {
    for (const { subject, runner, samples } of opened) samples.push(await sampleOf(runner, subject.target));
  }
  const rows = opened.map(({ subject, samples }) => rowOf(group, subject.name, samples));
  const [first] = rows;
  return rows.map((row, index) =>
    first === undefined || index === 0 ? row : { ...row, ratio: ratios[ratio](first, row) },
  );
}

const ratios: Readonly<Record<RatioKind, (first: Row, row: Row) => number>> = {
  'first/this cpuMs': (first, row) => first.median.cpuMs / row.median.cpuMs,
  'this/first cpuMs': (first, row) => row.median.cpuMs / first.median.cpuMs,
  'this/first p99Ms': (first, row) => row.median.p99Ms / first.median.p99Ms,
  'this/first peakRssBytes': (first, row) => row.median.peakRssBytes / first.median.peakRssBytes,
  'this/first unitsPerSecond': (first, row) => row.median.unitsPerSecond / first.median.unitsPerSecond,
};

async function sampleOf(runner: Runner, { pid, own }: Target): Promise<Sample> {
  await runner.before?.();
  await resetPeaks(pid);
  const delayBefore = await own?.loopDelay();
  const before = await usageOf(pid);
  const { units, result } = await runner.run();
  const after = await usageOf(pid);
  const delayAfter = await own?.loopDelay();
  await runner.after?.();
  const delays = delayBefore && delayAfter && delayBetween(delayBefore, delayAfter, 0.99);
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / units,
    wallMs: result.wallMs / units,
    unitsPerSecond: (units / result.wallMs) * 1000,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    loadCpuMs: result.cpuMs / units,
    writtenBytes: (after.writtenBytes - before.writtenBytes) / units,
    peakRssBytes: after.peakRssBytes,
    loopP99Ms: delays ?? Number.NaN,
  };
}

export function rowOf({ name, unit }: Pick<Group, 'name' | 'unit'>, subject: string, samples: readonly Sample[]): Row {
  const cpu = samples.map((sample) => sample.cpuMs);
  return {
    ...{ case: name, unit, subject, rounds: samples.length },
    median: medianSample(samples),
    cpuMsMin: Math.min(...cpu),
    cpuMsMax: Math.max(...cpu),
    ratio: Number.NaN,
  };
}

function medianSample(samples: readonly Sample[]): Sample {
  const of = (key: keyof Sample) => median(samples.map((sample) => sample[key]));
  return {
    cpuMs: of('cpuMs'),
    wallMs: of('wallMs'),
    unitsPerSecond: of('unitsPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    loadCpuMs: of('loadCpuMs'),
    writtenBytes: of('writtenBytes'),
    peakRssBytes: of('peakRssBytes'),
    loopP99Ms: of('loopP99Ms'),
  };
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.filter((number) => !Number.isNaN(number)).toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
