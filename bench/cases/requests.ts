// Small requests, each sent again and again over keep-alive connections: manifests, layers' heads, tokens.

import { benchRepository } from '../generate/site-plan.ts';
import type { RequestText } from '../load/jobs.ts';
import { requestText } from '../load/request-text.ts';
import type { Target } from '../targets/target.ts';
import type { BenchCase, Runner, Tools } from './bench-case.ts';
import { signedRequest } from './signed-request.ts';

type Requests = (target: Target) => readonly RequestText[];

/** After so many requests V8 has compiled what there is to compile. */
const warmRequests = 2500;
const manifests = `/v2/${benchRepository}/manifests`;

export function requestCases(connections: number): readonly BenchCase[] {
  const one = (name: string, requests: Requests) => {
    return { ...requestCase(name, connections, requests), hasFloor: true };
  };
  return [
    one('manifest GET by tag', (target) => [get(target, `${manifests}/${imageOf(target).tag}`)]),
    one('manifest GET by digest', (target) => [get(target, `${manifests}/${imageOf(target).digest}`)]),
    one('manifest HEAD', (target) => [head(target, `${manifests}/${imageOf(target).tag}`)]),
    one('blob HEAD', (target) => [head(target, `/v2/${benchRepository}/blobs/${target.layerDigest}`)]),
    one('token check: GET /v2/', (target) => [get(target, '/v2/')]),
  ];
}

/** Manifests of many images in turn, up to 5,000: what a cache holds of a site depends on how large the site is. */
export function manyManifestsCase(connections: number): BenchCase {
  return requestCase('manifest GET by many tags', connections, (target) =>
    target.images.map(({ tag }) => get(target, `${manifests}/${tag}`)),
  );
}

export function tokenCase(connections: number): BenchCase {
  const name = 'token exchange: GetAuthorizationToken';
  return { ...requestCase(name, connections, (target) => [signedRequest(target, name.slice(16), {})]), ownOnly: true };
}

export function requestCase(name: string, connections: number, requests: Requests): BenchCase {
  return {
    name: `${name}, ${connections} connection${connections === 1 ? '' : 's'}`,
    unit: 'request',
    open: async (target, tools) => requestRunner(target, tools, connections, requests),
  };
}

async function requestRunner(
  target: Target,
  { form, load }: Tools,
  connections: number,
  requests: Requests,
): Promise<Runner> {
  const run = (until: { durationMs: number; count?: number }) =>
    // Made anew each time: a signature is good for five minutes.
    load.run({ kind: 'requests', address: target.address, requests: requests(target), connections, ...until });
  // Code is compiled, caches are filled, pages are read before the first sample.
  await run({ durationMs: 2 * form.sampleMs, count: warmRequests });
  return {
    async run() {
      const result = await run({ durationMs: form.sampleMs });
      return { units: result.requests, result };
    },
  };
}

function imageOf({ images }: Target) {
  const middle = images[Math.floor(images.length / 2)];
  if (middle === undefined) throw new Error('the target has no image');
  return middle;
}

function get(target: Target, path: string): RequestText {
  return requestText(target.address, { method: 'GET', path });
}

function head(target: Target, path: string): RequestText {
  return requestText(target.address, { method: 'HEAD', path });
}
