// The servers that are measured: ours with everything on, and a peer with nothing on, each a process whose CPU we read.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../test/support/administrator.ts';
import { type OciClient, ociClient } from '../test/support/oci-client.ts';
import { startServer } from '../test/support/server-process.ts';

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly authorization: string | undefined;
  readonly client: OciClient;
  /** CPU milliseconds that the server has used so far, user and system, all threads. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

export const benchRepository = 'bench/app';

export async function startSallyport(): Promise<Target> {
  const server = await startServer();
  const administrator = await administratorOf(server.dataFolder, server.url);
  const ecr = new ECRClient(administrator);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: benchRepository }));
  ecr.destroy();
  const authorization = await registryAuthorization(administrator);
  const client = ociClient(server.host, authorization);
  return {
    name: 'sallyport',
    host: server.host,
    authorization,
    client,
    cpuMs: () => cpuMsOf(server.pid),
    async stop() {
      client.close();
      await server.dispose();
    },
  };
}

/** Debian's docker-registry (distribution 2.8) on files: no authentication, no audit, no encryption. */
export async function startDistribution(program: string): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'distribution-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host },
  };
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn(program, ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const client = ociClient(host);
  await untilAnswers(client);
  return {
    name: 'docker-registry',
    host,
    authorization: undefined,
    client,
    cpuMs: () => cpuMsOf(child.pid ?? 0),
    async stop() {
      client.close();
      child.kill('SIGTERM');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(client: OciClient): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const status = await client.send('GET', '/v2/').then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
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

/** utime and stime of /proc/<pid>/stat; Linux counts them in 10 ms ticks, so a sample must be long enough. */
async function cpuMsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const tickMs = 10;
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
