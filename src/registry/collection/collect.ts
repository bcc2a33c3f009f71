// Collection: removes what nothing needs, online, in small steps, never what a push in flight may still refer to.

import type { Job } from '#jobs/job.ts';
import { inSteps } from '#jobs/steps.ts';
import { removeGarbage, sweepObjects } from './collect-objects.ts';
import { collectBlobs, collectLayers, expireUploads } from './collect-rows.ts';
import type { CollectionOptions } from './steps.ts';

/** How many of each were removed. */
export interface Collected {
  readonly uploads: number;
  readonly layers: number;
  readonly blobs: number;
  /** Objects that became garbage a grace period ago or earlier. */
  readonly garbage: number;
  /** Objects that no row named: they are garbage now. */
  readonly orphans: number;
}

/** The sweep looks at every object of the store and seldom finds any: it need not come as often as the rest. */
const sweepIntervalMsMin = 6 * 3600 * 1000;

/** `collection` frees what rows know of, `collection-sweep` what they do not. */
export function collectionJobs(options: CollectionOptions): readonly Job[] {
  const { intervalMs } = options.settings;
  return [
    { name: 'collection', intervalMs, run: async (signal) => void (await collectKnown(options, signal)) },
    {
      name: 'collection-sweep',
      intervalMs: Math.max(intervalMs, sweepIntervalMsMin),
      run: async (signal) => void (await sweepObjects(options, signal)),
    },
  ];
}

/** One whole pass over everything, as the jobs make it and as the command line asks for. */
export async function collect(options: CollectionOptions, signal?: AbortSignal): Promise<Collected> {
  const known = await collectKnown(options, signal);
  return { ...known, orphans: await sweepObjects(options, signal) };
}

/** In the order in which things become free. */
async function collectKnown(
  options: CollectionOptions,
  signal: AbortSignal | undefined,
): Promise<Omit<Collected, 'orphans'>> {
  const uploads = await inSteps(expireUploads(options), signal);
  const layers = await inSteps(collectLayers(options), signal);
  const blobs = await inSteps(collectBlobs(options), signal);
  const garbage = await inSteps(removeGarbage(options), signal);
  return { uploads, layers, blobs, garbage };
}
