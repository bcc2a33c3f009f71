// A case: what is done to a target, in which unit it is counted, and what is done around it without counting.

import type { Form } from '../form.ts';
import type { LoadResult } from '../load/jobs.ts';
import type { LoadProcess } from '../load/load-process.ts';
import type { Target } from '../targets/target.ts';

export type Unit = 'request' | 'GiB' | 'image' | 'push' | 'second' | 'start';

export interface Tools {
  readonly form: Form;
  readonly load: LoadProcess;
  /** A second load generator, for cases in which two callers meet. */
  readonly otherLoad: LoadProcess;
}

export interface Work {
  /** How many of the case's unit were done. */
  readonly units: number;
  readonly result: LoadResult;
}

/** A case on one target, ready to be sampled. */
export interface Runner {
  before?(): Promise<void>;
  run(): Promise<Work>;
  after?(): Promise<void>;
}

export interface BenchCase {
  readonly name: string;
  readonly unit: Unit;
  /** Only Sallyport has it: there is no peer to compare with. */
  readonly ownOnly?: boolean;
  /** A server that does nothing can be measured in it too. */
  readonly hasFloor?: boolean;
  /** It mostly waits: fewer rounds are enough. */
  readonly waits?: boolean;
  /** What it pushes fills the disk. */
  readonly fills?: boolean;
  open(target: Target, tools: Tools): Promise<Runner>;
}

export const gibibyte = 1024 ** 3;
