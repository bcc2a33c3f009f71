// Mixed load without a pause, in parts of equal length: whether memory stays flat shows in the later parts.

import { benchRepository } from '../generate/site-plan.ts';
import type { LoadProcess } from '../load/load-process.ts';
import { requestText } from '../load/request-text.ts';
import type { Target } from '../targets/target.ts';
import type { BenchCase } from './bench-case.ts';
import { getLayer, pushed } from './blobs.ts';
import { signedRequest } from './signed-request.ts';

export const soakParts = 10;
const imagesAtOnce = 50;

/** One part: pulls, heads, ranges and API calls over 16 connections, and pushes of small images over 4. */
export const soakCase: BenchCase = {
  name: 'mixed load',
  unit: 'request',
  ownOnly: true,
  async open(target, { form, load, otherLoad }) {
    await warmed(target, load);
    const layer = await pushed(target, load, 1024 * 1024);
    const pull = getLayer(target, layer);
    const range = getLayer(target, layer, { range: 'bytes=70000-90000' }, 206);
    const { address } = target;
    const push = async (untilMs: number) => {
      while (performance.now() < untilMs) {
        const layers = await load.makeLayers(imagesAtOnce, 64 * 1024);
        const job = { kind: 'push-images', address, repository: benchRepository, layers, tagPrefix: 'soak' } as const;
        await load.run({ ...job, connections: 4 });
      }
    };
    return {
      async run() {
        const durationMs = form.soakMs / soakParts;
        const pushing = push(performance.now() + durationMs);
        const requests = [...smallRequests(target), pull, range];
        const asking = otherLoad.run({ kind: 'requests', address, requests, connections: 16, durationMs });
        // Together: a failure of either is the case's, whichever comes first.
        const [result] = await Promise.all([asking, pushing]);
        return { units: result.requests, result };
      },
    };
  },
};

const warm = new WeakMap<Target, Promise<void>>();

/** Caches are filled before the first part, the database's pages too: what grows after that is no cache. */
function warmed(target: Target, load: LoadProcess): Promise<void> {
  const known = warm.get(target);
  if (known !== undefined) return known;
  const requests = target.images.flatMap(({ tag, digest }) => [
    manifestRequest(target, 'GET', tag),
    manifestRequest(target, 'HEAD', digest),
  ]);
  const job = { kind: 'requests', address: target.address, requests, connections: 16 } as const;
  const filled = load.run({ ...job, count: 3 * requests.length }).then(() => undefined);
  warm.set(target, filled);
  return filled;
}

function manifestRequest({ address }: Target, method: 'GET' | 'HEAD', reference: string) {
  return requestText(address, { method, path: `/v2/${benchRepository}/manifests/${reference}` });
}

function smallRequests(target: Target) {
  const { address, images, layerDigest } = target;
  const repositoryName = benchRepository;
  const manifests = images.flatMap(({ tag, digest }) => [
    manifestRequest(target, 'GET', tag),
    manifestRequest(target, 'HEAD', digest),
  ]);
  return [
    ...manifests,
    requestText(address, { method: 'HEAD', path: `/v2/${repositoryName}/blobs/${layerDigest}` }),
    signedRequest(target, 'GetAuthorizationToken', {}),
    signedRequest(target, 'DescribeImages', { repositoryName, maxResults: 20 }),
  ];
}
