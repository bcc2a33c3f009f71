// A dockerd of a test's own.

import { spawn } from 'node:child_process';
import type { ClientSite } from './client-site.ts';

export interface Engine {
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A dockerd on its own folders and socket, without a network: it only has to push and pull. */
export async function startEngine(site: ClientSite): Promise<Engine> {
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
