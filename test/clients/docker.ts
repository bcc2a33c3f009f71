// docker with a dockerd of our own: login, push, pull, the same digest, a free second push, a refused one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tarOf } from '../support/oci-layout.ts';
import type { ClientSite } from './client-site.ts';
import { assertRepushIsFree, type ClientTest, digestInRegistry } from './client-test.ts';

export const docker: ClientTest = {
  name: 'docker',
  programs: ['docker', 'dockerd', 'aws'],
  async run(site) {
    const engine = await startEngine(site);
    try {
      await pushAndPull(site, engine.environment);
    } finally {
      await engine.stop();
    }
  },
};

async function pushAndPull(site: ClientSite, env: Readonly<Record<string, string>>): Promise<void> {
  const docker = (...args: readonly string[]) => site.run('docker', args, { env });
  const { host } = site.server;
  await site.createRepository('docker/app');
  const image = `${host}/docker/app:one`;
  await site.run('docker', ['login', '--username', 'AWS', '--password-stdin', host], {
    env,
    input: await site.password(),
  });
  const archive = join(await site.folder('docker'), 'root.tar');
  await writeFile(archive, tarOf('content', randomBytes(3_000_000)));
  await docker('import', archive, image);
  const pushed = await docker('push', image);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed.stdout)?.[1];
  assert.equal(await digestInRegistry(site, 'docker/app', 'one'), digest);
  const id = (await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout;
  await docker('rmi', '--force', image);
  await docker('pull', image);
  assert.equal((await docker('image', 'inspect', '--format', '{{.Id}}', image)).stdout, id);
  await assertRepushIsFree(site, 'docker/app', () => docker('push', image));
  await docker('pull', `${host}/docker/app@${digest}`);
  await docker('tag', image, `${host}/docker/nowhere:one`);
  const refused = await site.run('docker', ['push', `${host}/docker/nowhere:one`], { env, codes: [1] });
  assert.match(refused.stderr, /docker\/nowhere.* does not exist/);
}

interface Engine {
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A dockerd on its own folders and socket, without a network: it only has to push and pull. */
async function startEngine(site: ClientSite): Promise<Engine> {
  const folder = await site.folder('dockerd');
  const socket = `unix://${folder}/docker.sock`;
  const folders = ['--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const child = spawn(site.tools.find('dockerd') ?? 'dockerd', [...folders, ...network, '-H', socket], {
    stdio: 'ignore',
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const environment = { DOCKER_HOST: socket };
  const deadline = AbortSignal.timeout(60_000);
  for (;;) {
    const { code } = await site.run('docker', ['version'], { env: environment, codes: [0, 1] });
    if (code === 0) break;
    if (deadline.aborted || child.exitCode !== null) throw new Error('dockerd did not start');
    // dockerd says nowhere that it is ready: it is asked again a moment later.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return {
    environment,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
