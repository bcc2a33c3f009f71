// The bench's own parts: what it fills a site with is what pushes would have made, and its load generator counts right.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { signedRequest } from '../bench/cases/signed-request.ts';
import type { PushStyle } from '../bench/load/jobs.ts';
import { LoadProcess } from '../bench/load/load-process.ts';
import { requestText } from '../bench/load/request-text.ts';
import { usageOf } from '../bench/targets/process-tree.ts';
import { startSallyport } from '../bench/targets/sallyport.ts';
import type { Target } from '../bench/targets/target.ts';

const repository = 'bench/app';
let target: Target;
let load: LoadProcess;

before(async () => {
  target = await startSallyport({ images: 12, policies: 3, say: () => undefined });
  load = new LoadProcess();
});

after(async () => {
  load.close();
  await target.stop();
});

test('every generated image and its layers can be pulled', async () => {
  const { address, images, layerDigest } = target;
  assert.equal(images.length, 12);
  const get = (path: string) => requestText(address, { method: 'GET', path: `/v2/${repository}/${path}` });
  const requests = [
    ...images.flatMap(({ tag, digest }) => [get(`manifests/${tag}`), get(`manifests/${digest}`)]),
    get(`blobs/${layerDigest}`),
    signedRequest(target, 'DescribeImages', { repositoryName: repository }),
  ];
  const { length: count } = requests;
  const result = await load.run({ kind: 'requests', address, requests, connections: 1, count });
  assert.equal(result.requests, count);
  assert.ok(result.bytes > 100_000, `${result.bytes} bytes came`);
  assert.ok(result.p99Ms >= result.p50Ms && result.p50Ms > 0);
});

test('layers that were pushed in each style come back whole', async () => {
  const { address } = target;
  for (const style of ['monolithic', 'streamed', 'chunked'] satisfies PushStyle[]) {
    const layers = await load.makeLayers(2, 20 * 1024 * 1024 + 5);
    assert.notEqual(layers[0]?.digest, layers[1]?.digest);
    await load.run({ kind: 'push-layers', address, repository, layers, style, connections: 2 });
    const requests = layers.map(({ digest }) =>
      requestText(address, { method: 'GET', path: `/v2/${repository}/blobs/${digest}` }),
    );
    const result = await load.run({ kind: 'requests', address, requests, connections: 1, count: 2 });
    assert.equal(result.bytes, 2 * (20 * 1024 * 1024 + 5), style);
  }
});

test('an answer that was not expected fails the job', async () => {
  const { address } = target;
  const requests = [requestText(address, { method: 'GET', path: `/v2/${repository}/manifests/absent` })];
  const running = load.run({ kind: 'requests', address, requests, connections: 1, count: 1 });
  await assert.rejects(running, /answered 404 instead of 200/);
});

const noProc = process.platform === 'linux' ? false : 'what a process used is read from /proc';

test('the server tells what it used, and how late its event loop was', { skip: noProc }, async () => {
  const usage = await usageOf(target.pid);
  assert.ok(usage.cpuMs > 0 && usage.rssBytes > 10 * 1024 * 1024 && usage.peakRssBytes >= usage.rssBytes);
  const samples = async () => (await target.own?.loopDelay())?.get(Number.POSITIVE_INFINITY) ?? 0;
  const samplesBefore = await samples();
  const { address } = target;
  const requests = [requestText(address, { method: 'GET', path: '/v2/' })];
  await load.run({ kind: 'requests', address, requests, connections: 2, durationMs: 1000 });
  // Every 20 ms while there are requests, every 500 ms while there are none.
  assert.ok((await samples()) - samplesBefore > 5);
});
