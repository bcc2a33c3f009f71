// A process of the load generator: takes one job at a time from its parent and answers with what came of it.

import { Connection } from './connection.ts';
import type { IdleJob, LoadJob, LoadResult, MadeLayer, MakeLayersJob, PushImagesJob, PushLayersJob } from './jobs.ts';
import { makeLayer } from './layers.ts';
import { type PushTo, pushImage, pushLayer } from './push.ts';
import { requestText } from './request-text.ts';
import { exchange, openAll, runRequests, runSlowReaders } from './run-requests.ts';
import { openTally, type Tally } from './tally.ts';

const idle: Connection[] = [];

process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

async function run(job: LoadJob): Promise<LoadResult> {
  const tally = openTally();
  if (job.kind === 'make-layers') {
    const layers = Array.from({ length: job.count }, () => makeLayer(job.sizeBytes));
    return { ...tally.result(), layers };
  }
  await work(job, tally);
  return tally.result();
}

function work(job: Exclude<LoadJob, MakeLayersJob>, tally: Tally): Promise<void> | void {
  switch (job.kind) {
    case 'requests':
      return runRequests(job, tally);
    case 'slow-readers':
      return runSlowReaders(job, tally);
    case 'push-layers':
      return pushAll(job, tally, (to, layer) => pushLayer(to, layer, job.style));
    case 'push-images':
      return pushAll(job, tally, (to, layer) => pushImage(to, layer, `${job.tagPrefix}-${layer.id}`));
    case 'idle':
      return openIdle(job, tally);
    case 'close-idle':
      for (const connection of idle.splice(0)) connection.close();
  }
}

async function pushAll(
  job: PushLayersJob | PushImagesJob,
  tally: Tally,
  push: (to: PushTo, layer: MadeLayer) => Promise<void>,
): Promise<void> {
  const connections = await openAll(job);
  const waiting = [...job.layers];
  const { address, repository } = job;
  tally.begin();
  const drive = async (connection: Connection) => {
    const onRequest = (tookMs: number) => tally.add(tookMs, 0);
    for (let layer = waiting.shift(); layer !== undefined; layer = waiting.shift()) {
      await push({ connection, address, repository, onRequest }, layer);
    }
  };
  try {
    await Promise.all(connections.map(drive));
    tally.end();
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function openIdle({ address, connections }: IdleJob, tally: Tally): Promise<void> {
  const hello = requestText(address, { method: 'GET', path: '/v2/' });
  tally.begin();
  for (let opened = 0; opened < connections; opened += 1) {
    const connection = await Connection.open(address.host, address.port, 1024);
    idle.push(connection);
    await exchange(connection, hello, tally);
  }
  tally.end();
}
