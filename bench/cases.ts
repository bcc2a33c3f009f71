// What is measured: each case prepares a target once, then runs and says how many units (requests, GiB) it did.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../test/support/oci-client.ts';
import { benchRepository, type Target } from './targets.ts';

export interface Case {
  readonly name: string;
  /** What one unit is. */
  readonly unit: 'request' | 'GiB';
  prepare(target: Target): Promise<void>;
  run(target: Target): Promise<number>;
}

const gib = 1024 ** 3;
const pullsPerSample = 4;
const image = Buffer.alloc(100_000, 'a layer that everybody has');

export function cases(short: boolean): readonly Case[] {
  const requests = short ? 4000 : 20_000;
  const transferBytes = short ? gib / 4 : gib;
  const tag = `/v2/${benchRepository}/manifests/one`;
  const layer = `/v2/${benchRepository}/blobs/${digestOf(image)}`;
  return [
    requestCase('manifest GET by tag', 'GET', tag, requests),
    requestCase('manifest HEAD by tag', 'HEAD', tag, requests),
    requestCase('blob HEAD', 'HEAD', layer, requests),
    pullCase(transferBytes),
    pushCase(transferBytes),
  ];
}

function requestCase(name: string, method: string, path: string, requests: number): Case {
  return {
    name,
    unit: 'request',
    async prepare(target) {
      await target.client.pushImage(benchRepository, 'one', [image]);
      await load(target, method, path, requests / 4);
    },
    run: (target) => load(target, method, path, requests),
  };
}

/** 16 keep-alive connections from a process of its own, so that the load's CPU is not ours. */
function load(target: Target, method: string, path: string, requests: number): Promise<number> {
  const script = fileURLToPath(new URL('load.ts', import.meta.url));
  const options = { host: target.host, authorization: target.authorization, method, path, requests, connections: 16 };
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve(requests) : reject(new Error(`the load ended with ${code}`))));
  });
}

function pullCase(bytes: number): Case {
  let digest = '';
  return {
    name: 'pull',
    unit: 'GiB',
    async prepare(target) {
      const layer = Buffer.alloc(bytes, 'pulled again and again');
      digest = digestOf(layer);
      const head = await target.client.send('HEAD', `/v2/${benchRepository}/blobs/${digest}`);
      if (head.status !== 200) await target.client.pushBlob(benchRepository, layer);
    },
    async run(target) {
      // One after the other: a sample must be long beside the 10 ms in which Linux counts CPU.
      for (let pull = 0; pull < pullsPerSample; pull += 1) {
        await load(target, 'GET', `/v2/${benchRepository}/blobs/${digest}`, 1);
      }
      return (pullsPerSample * bytes) / gib;
    },
  };
}

function pushCase(bytes: number): Case {
  return {
    name: 'push, one stream',
    unit: 'GiB',
    prepare: async () => undefined,
    async run(target) {
      const layer = Buffer.alloc(bytes);
      randomBytes(64).copy(layer);
      await target.client.pushBlob(benchRepository, layer);
      return bytes / gib;
    },
  };
}
