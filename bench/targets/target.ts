// A server that is measured: a process, how to reach it, and what is known of its contents.

import type { GeneratedImage, GeneratedUser } from '../generate/site-plan.ts';
import type { Address } from '../load/jobs.ts';
import type { LoopDelay } from './loop-delay.ts';

export interface Target {
  /** As the tables show it: `sallyport`, `registry v3`, `100,000 images`. */
  readonly name: string;
  readonly address: Address;
  readonly pid: number;
  /** Each of its warm starts: how long until it was ready, the CPU that took, and its memory then. */
  readonly starts: readonly StartTime[];
  /** Images of the repository `benchRepository`, at least one. */
  readonly images: readonly GeneratedImage[];
  /** A layer of that repository. */
  readonly layerDigest: string;
  /** Sallyport only: what peers do not have. */
  readonly own: OwnTarget | undefined;
  /** It is no registry: only the smallest requests and pushes of layers say anything of it. */
  readonly isBare?: boolean;
  stop(): Promise<void>;
}

export interface StartTime {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Once it answered, before anybody asked anything. */
  readonly rssBytes: number;
}

export interface OwnTarget {
  readonly url: string;
  readonly accountId: string;
  readonly caller: GeneratedUser;
  /** The same site, as another principal. */
  readonly flooderAddress: Address;
  /** Delays of the event loop so far; undefined when the server does not tell. */
  loopDelay(): Promise<LoopDelay | undefined>;
}
