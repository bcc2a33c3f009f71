// One caller floods with 64 connections; another one asks as it always did, and how long it waits is measured.

import { benchRepository } from '../generate/site-plan.ts';
import { requestText } from '../load/request-text.ts';
import type { BenchCase, Runner } from './bench-case.ts';

const floodConnections = 64;

export const floodCases: readonly BenchCase[] = [
  { name: 'alone', unit: 'request', ownOnly: true, open: (target, tools) => honest(target, tools, false) },
  { name: 'beside a flood', unit: 'request', ownOnly: true, open: (target, tools) => honest(target, tools, true) },
];

async function honest(
  ...[target, { form, load, otherLoad }, isFlooded]: [...Parameters<BenchCase['open']>, boolean]
): Promise<Runner> {
  const path = `/v2/${benchRepository}/manifests/${target.images[0]?.tag}`;
  const ask = (durationMs: number) => {
    const { address } = target;
    const requests = [requestText(address, { method: 'GET', path })];
    return load.run({ kind: 'requests', address, requests, connections: 1, durationMs });
  };
  const flood = async (durationMs: number) => {
    const address = target.own?.flooderAddress ?? target.address;
    const requests = [requestText(address, { method: 'GET', path })];
    await otherLoad.run({ kind: 'requests', address, requests, connections: floodConnections, durationMs });
  };
  await ask(form.sampleMs);
  return {
    async run() {
      // The flood begins before and ends after what is timed.
      const flooding = isFlooded ? flood(form.waitMs + 400) : Promise.resolve();
      if (isFlooded) await new Promise((resolve) => setTimeout(resolve, 200));
      const result = await ask(form.waitMs);
      await flooding;
      return { units: result.requests, result };
    },
  };
}
