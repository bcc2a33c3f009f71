// `node bench/kms-start.ts [--keys 100000] [--repositories 10000]`: start and idle memory of a site with many keys, and
// of an empty one beside it.

import { join } from 'node:path';
// Memory of a site that nobody asks anything is seen only after a while.
import { setTimeout as pause } from 'node:timers/promises';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { readArguments, wholeNumber } from '../test/support/command-line.ts';
import { startServer } from '../test/support/server-process.ts';
import { leaveNothingBehind, makeBenchFolder } from './ending.ts';
import { generateKeys } from './generate/keys.ts';
import { benchRegion } from './generate/site-plan.ts';
import { median } from './measure.ts';
import { usageOf } from './targets/process-tree.ts';

const usage = `
node bench/kms-start.ts [--keys 100000] [--repositories 10000]`;

const { values } = readArguments(usage, { options: { keys: { type: 'string' }, repositories: { type: 'string' } } });
const keyCount = wholeNumber('keys', values.keys, 100_000);
const repositoryCount = wholeNumber('repositories', values.repositories, 10_000, 0);
const starts = 5;
const connections = 8;
/** The first runs of the jobs are over by then, as far as they come by themselves. */
const idleMs = 10_000;
const mebibyte = 1024 * 1024;

leaveNothingBehind();
await measure('an empty site', 1, 0);
const many = (count: number) => count.toLocaleString('en');
await measure(`${many(keyCount)} keys, ${many(repositoryCount)} repositories`, keyCount, repositoryCount);

async function measure(name: string, keys: number, repositories: number): Promise<void> {
  const folder = makeBenchFolder('sallyport-kms-');
  const dataFolder = join(folder.path, 'data');
  try {
    await fill(dataFolder, keys, repositories);
    const wallMs: number[] = [];
    const startCpuMs: number[] = [];
    const readyMib: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      const beganMs = performance.now();
      const server = await startServer({ dataFolder, readyWithinMs: 120_000 });
      wallMs.push(performance.now() - beganMs);
      const { cpuMs, rssBytes } = await usageOf(server.pid);
      startCpuMs.push(cpuMs);
      readyMib.push(rssBytes / mebibyte);
      await server.stop();
    }
    const server = await startServer({ dataFolder, readyWithinMs: 120_000 });
    await pause(idleMs);
    const { rssBytes, cpuMs } = await usageOf(server.pid);
    await server.stop();
    const shown = [
      `start ${spread(wallMs)} ms, ${spread(startCpuMs)} ms of it CPU`,
      `${median(readyMib).toFixed(0)} MiB when ready`,
      `${(rssBytes / mebibyte).toFixed(0)} MiB and ${cpuMs.toFixed(0)} ms CPU after ${idleMs / 1000} s`,
    ];
    console.log(`${name}: ${shown.join(', ')}`);
  } finally {
    await folder.remove();
  }
}

function spread(samples: readonly number[]): string {
  return `${median(samples).toFixed(0)} (${Math.min(...samples).toFixed(0)} to ${Math.max(...samples).toFixed(0)})`;
}

/** Repositories are made through the door: each with its slot, its grants and a key of its own. */
async function fill(dataFolder: string, count: number, repositories: number): Promise<void> {
  const { caller, keys } = await generateKeys(dataFolder, count, Math.max(1, Math.min(count, repositories)));
  const server = await startServer({ dataFolder, readyWithinMs: 120_000 });
  const ecr = new ECRClient({ region: benchRegion, endpoint: server.url, credentials: caller });
  let next = 0;
  const make = async () => {
    for (let index = next; index < repositories; index = next) {
      next += 1;
      const kmsKey = keys[index % keys.length];
      const encryptionConfiguration = { encryptionType: 'KMS', kmsKey } as const;
      await ecr.send(new CreateRepositoryCommand({ repositoryName: `many/r${index}`, encryptionConfiguration }));
    }
  };
  await Promise.all(Array.from({ length: connections }, make));
  ecr.destroy();
  await server.stop();
}
