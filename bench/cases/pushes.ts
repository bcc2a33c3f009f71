// Pushes: one large layer in three ways, ten at once, many small images, and an image that is already there.

import { createHash } from 'node:crypto';
import { benchRepository } from '../generate/site-plan.ts';
import type { MadeLayer, PushStyle } from '../load/jobs.ts';
import { requestText } from '../load/request-text.ts';
import type { Target } from '../targets/target.ts';
import { type BenchCase, gibibyte } from './bench-case.ts';
import { pushed } from './blobs.ts';

const repository = benchRepository;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

export function pushCase(style: PushStyle): BenchCase {
  return layersCase(`push of the large layer, ${style}`, style, 1, (form) => form.layerBytes);
}

export const parallelPushCase = layersCase('10 parallel pushes', 'streamed', 10, (form) => form.parallelLayerBytes);

/** Memory is what it shows: how much of 64 transfers stands in the server at once. */
export const manyPushesCase = layersCase('64 pushes at once', 'streamed', 64, (form) => form.parallelLayerBytes / 10);

function layersCase(
  name: string,
  style: PushStyle,
  connections: number,
  bytesOf: (form: { layerBytes: number; parallelLayerBytes: number }) => number,
): BenchCase {
  return {
    name,
    unit: 'GiB',
    fills: true,
    hasFloor: connections === 1,
    async open({ address }, { form, load }) {
      const sizeBytes = bytesOf(form);
      let layers: readonly MadeLayer[] = [];
      return {
        // Of bytes that nobody has pushed before: else deduplication would be measured.
        async before() {
          layers = await load.makeLayers(connections, sizeBytes);
        },
        async run() {
          const result = await load.run({ kind: 'push-layers', address, repository, layers, style, connections });
          return { units: (connections * sizeBytes) / gibibyte, result };
        },
      };
    },
  };
}

const smallLayerBytes = 16 * 1024;
/** Pushed before the first sample, so that code is compiled. */
const warmImages = 20;

export const smallImagesCase: BenchCase = {
  name: 'push of small images, 4 connections',
  unit: 'image',
  async open({ address }, { form, load }) {
    let layers: readonly MadeLayer[] = [];
    const run = () =>
      load.run({ kind: 'push-images', address, repository, layers, tagPrefix: 'small', connections: 4 });
    layers = await load.makeLayers(warmImages, smallLayerBytes);
    await run();
    return {
      async before() {
        layers = await load.makeLayers(form.smallImages, smallLayerBytes);
      },
      run: async () => ({ units: layers.length, result: await run() }),
    };
  },
};

/** As a client does it: it asks for each layer, finds them all, and puts the same manifest again. */
export const repushCase: BenchCase = {
  name: 're-push of an unchanged image, 4 connections',
  unit: 'push',
  async open(target, { form, load }) {
    const layers = [
      await pushed(target, load, 1000),
      await pushed(target, load, 1000),
      await pushed(target, load, 1000),
    ];
    const requests = repushRequests(target, layers);
    const { address } = target;
    const run = (durationMs: number) => load.run({ kind: 'requests', address, requests, connections: 4, durationMs });
    // The first time it is a push.
    await load.run({ kind: 'requests', address, requests, connections: 1, count: requests.length });
    return {
      async run() {
        const result = await run(form.sampleMs);
        return { units: result.requests / requests.length, result };
      },
    };
  },
};

function repushRequests({ address }: Target, layers: readonly MadeLayer[]) {
  const heads = layers.map(({ digest }) =>
    requestText(address, { method: 'HEAD', path: `/v2/${repository}/blobs/${digest}` }),
  );
  const [config, ...rest] = layers.map(({ digest, sizeBytes: size }) => ({ digest, size }));
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
      layers: rest.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...layer })),
    }),
  );
  const tag = `again-${createHash('sha256').update(manifest).digest('hex').slice(0, 8)}`;
  const put = requestText(address, {
    ...{ method: 'PUT', path: `/v2/${repository}/manifests/${tag}`, body: manifest },
    ...{ headers: { 'content-type': manifestType }, expectedStatus: 201 },
  });
  return [...heads, put];
}
