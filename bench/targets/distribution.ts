// The peers: two versions of the reference registry on files, without authentication, encryption or audit.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type OciClient, ociClient } from '../../test/support/oci-client.ts';
import { makeBenchFolder } from '../ending.ts';
import { benchRepository, type GeneratedImage } from '../generate/site-plan.ts';
import { usageOf } from './process-tree.ts';
import type { StartTime, Target } from './target.ts';

const imagesPushed = 10;

/** `program` is Debian's docker-registry (2.8) or CNCF's registry (3): they take the same configuration. */
export async function startDistribution(name: string, program: string, startsWanted: number): Promise<Target> {
  const folder = makeBenchFolder('distribution-');
  const host = '127.0.0.1';
  const port = await freePort();
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder.path, 'data') }, delete: { enabled: true } },
    http: { addr: `${host}:${port}` },
  };
  const file = join(folder.path, 'config.yml');
  await writeFile(file, JSON.stringify(config));
  const begin = async () => {
    const beganMs = performance.now();
    const child = spawn(program, ['serve', file], {
      stdio: 'ignore',
      // Version 3 would look for a collector of traces.
      env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const pid = child.pid ?? 0;
    await untilAnswers(client);
    const wallMs = performance.now() - beganMs;
    const { cpuMs, rssBytes } = await usageOf(pid);
    const stop = async () => {
      child.kill('SIGTERM');
      await exited;
    };
    return { pid, start: { wallMs, cpuMs, rssBytes }, stop };
  };
  const client = ociClient(`${host}:${port}`);
  let server = await begin();
  const starts: StartTime[] = [];
  while (starts.length < startsWanted) {
    await server.stop();
    server = await begin();
    starts.push(server.start);
  }
  const filled = await fill(client);
  client.close();
  return {
    ...{ name, pid: server.pid, starts, ...filled },
    address: { host, port, authorization: undefined },
    own: undefined,
    async stop() {
      await server.stop();
      await folder.remove();
    },
  };
}

async function fill(client: OciClient) {
  const layer = Buffer.alloc(100_000, 'a layer that everybody has');
  const images: GeneratedImage[] = [];
  let layerDigest = '';
  for (let index = 0; index < imagesPushed; index += 1) {
    const tag = `build-${index}`;
    const { digest, manifest } = await client.pushImage(benchRepository, tag, [layer]);
    images.push({ tag, digest });
    layerDigest = JSON.parse(manifest.toString()).layers[0].digest;
  }
  return { images, layerDigest };
}

async function untilAnswers(client: OciClient): Promise<void> {
  for (let attempt = 0; attempt < 1000; attempt += 1) {
    const status = await client.send('GET', '/v2/').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('the peer did not start');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
