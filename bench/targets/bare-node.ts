// Starts the floor of the platform: what a request costs on this Node before anybody does anything for it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makeBenchFolder } from '../ending.ts';
import type { Target } from './target.ts';

const digest = `sha256:${'a'.repeat(64)}`;

export async function startBareNode(): Promise<Target> {
  const script = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  const folder = makeBenchFolder('bare-node-');
  const child = spawn(process.execPath, [script, folder.path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    name: 'bare node:http',
    address: { host: '127.0.0.1', port: Number(port), authorization: undefined },
    pid: child.pid ?? 0,
    starts: [],
    images: [{ tag: 'any', digest }],
    layerDigest: digest,
    own: undefined,
    isBare: true,
    async stop() {
      child.kill('SIGTERM');
      await exited;
      await folder.remove();
    },
  };
}
