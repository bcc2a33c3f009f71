// Pulls: small layers, middling ones, the large one, and ranges out of it.

import { benchRepository } from '../generate/site-plan.ts';
import type { LoadResult, MadeLayer, RequestText } from '../load/jobs.ts';
import { requestText } from '../load/request-text.ts';
import type { Target } from '../targets/target.ts';
import { type BenchCase, gibibyte, type Tools } from './bench-case.ts';

const mebibyte = 1024 * 1024;
const rangeBytes = 64 * 1024;
/** Reads of the load generator at a time: fewer calls for large bodies. */
const readBytes = mebibyte;

export const blobCases: readonly BenchCase[] = [
  blobCase('GET 1 kB blob, 16 connections', 'request', 1000, 16),
  blobCase('GET 1 MiB blob, 16 connections', 'GiB', mebibyte, 16),
];

function blobCase(name: string, unit: 'request' | 'GiB', sizeBytes: number, connections: number): BenchCase {
  return {
    name,
    unit,
    async open(target, { form, load }) {
      const layer = await pushed(target, load, sizeBytes);
      const requests = [getLayer(target, layer)];
      const { address } = target;
      const run = (durationMs: number) =>
        load.run({ kind: 'requests', address, requests, connections, durationMs, readBytes });
      await run(form.sampleMs / 2);
      return {
        async run() {
          const result = await run(form.sampleMs);
          return { units: unit === 'GiB' ? result.bytes / gibibyte : result.requests, result };
        },
      };
    },
  };
}

/** One pull after the other of the large layer. */
export const pullCase: BenchCase = {
  name: 'pull of the large layer',
  unit: 'GiB',
  async open(target, { form, load }) {
    const layer = await pushed(target, load, form.layerBytes);
    const requests = [getLayer(target, layer)];
    const count = form.name === 'short' ? 4 : 1;
    const { address } = target;
    const run = () => load.run({ kind: 'requests', address, requests, connections: 1, count, readBytes });
    await run();
    return { run: async () => inGibibytes(await run()) };
  },
};

export const rangeCase: BenchCase = {
  name: 'GET 64 KiB out of the large layer, 16 connections',
  unit: 'request',
  async open(target, { form, load }) {
    const layer = await pushed(target, load, form.layerBytes);
    const requests = Array.from({ length: 64 }, (_, index) => {
      const first = Math.floor((layer.sizeBytes / 64) * index) + 13;
      return getLayer(target, layer, { range: `bytes=${first}-${first + rangeBytes - 1}` }, 206);
    });
    const { address } = target;
    const run = (durationMs: number) =>
      load.run({ kind: 'requests', address, requests, connections: 16, durationMs, readBytes });
    await run(form.sampleMs / 2);
    return {
      async run() {
        const result = await run(form.sampleMs);
        return { units: result.requests, result };
      },
    };
  },
};

/** 64 clients that each take the same layer no faster than a slow line would. */
export const slowReadersCase: BenchCase = {
  name: '64 slow readers',
  waits: true,
  unit: 'GiB',
  async open(target, { form, load }) {
    const sizeBytes = form.name === 'short' ? 8 * mebibyte : 32 * mebibyte;
    const request = getLayer(target, await pushed(target, load, sizeBytes));
    const bytesPerSecond = sizeBytes / (form.waitMs / 1000);
    const { address } = target;
    return {
      run: async () =>
        inGibibytes(await load.run({ kind: 'slow-readers', address, request, connections: 64, bytesPerSecond })),
    };
  },
};

export function inGibibytes(result: LoadResult, bytes = result.bytes) {
  return { units: bytes / gibibyte, result };
}

/** A new layer of the repository. */
export async function pushed(target: Target, load: Tools['load'], sizeBytes: number): Promise<MadeLayer> {
  const layers = await load.makeLayers(1, sizeBytes);
  const { address } = target;
  await load.run({
    ...{ kind: 'push-layers', address, repository: benchRepository, layers },
    ...{ style: 'monolithic', connections: 1 },
  });
  const [layer] = layers;
  if (layer === undefined) throw new Error('no layer was made');
  return layer;
}

export function getLayer(
  { address }: Target,
  { digest }: MadeLayer,
  headers: Record<string, string> = {},
  expectedStatus = 200,
): RequestText {
  return requestText(address, {
    ...{ method: 'GET', path: `/v2/${benchRepository}/blobs/${digest}` },
    ...{ headers, expectedStatus },
  });
}
