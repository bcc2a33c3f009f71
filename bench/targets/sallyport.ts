// Sallyport with everything on: authentication, IAM, audit, encryption; filled before it starts.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { registryAuthorization } from '../../test/support/administrator.ts';
import { runCommand } from '../../test/support/run-command.ts';
import { checkoutFolder, startServer } from '../../test/support/server-process.ts';
import { makeBenchFolder } from '../ending.ts';
import { benchRegion, type GeneratedSite, type GeneratedUser, type SitePlan } from '../generate/site-plan.ts';
import type { Address } from '../load/jobs.ts';
import { shareCores } from './core-share.ts';
import { readLoopDelay } from './loop-delay.ts';
import { usageOf } from './process-tree.ts';
import type { StartTime, Target } from './target.ts';
import { type BenchEncryption, putUnder } from './under-key.ts';

export interface SallyportOptions {
  readonly name?: string;
  readonly images?: number;
  readonly policies?: number;
  readonly workers?: number;
  /** Of the measured repository; as it was generated when left out. */
  readonly encryption?: BenchEncryption;
  /** How often it is started again to see how long that takes; the last one stays. */
  readonly starts?: number;
  /** Of one core, for each of its processes; as much as there is when left out. Ask `canShareCores` first. */
  readonly coreShare?: number;
  readonly say: (line: string) => void;
}

export async function startSallyport(options: SallyportOptions): Promise<Target> {
  const { name = 'sallyport', images = 10, policies = 1, workers = 1, say } = options;
  const { starts: startsWanted = 0 } = options;
  const folder = makeBenchFolder('sallyport-bench-');
  const dataFolder = folder.path;
  const site = await generate({ dataFolder, images, policies });
  if (images > 1000) say(`${images} images were generated in ${(site.tookMs / 1000).toFixed(0)} s`);
  const args = workers === 1 ? [] : ['--workers', String(workers)];
  const begin = () => startServer({ dataFolder, args, readyWithinMs: 120_000 });
  // The first start makes what only a first start makes; the measured ones are warm.
  let server = await begin();
  const starts: StartTime[] = [];
  while (starts.length < startsWanted) {
    await server.stop();
    const beganMs = performance.now();
    server = await begin();
    const wallMs = performance.now() - beganMs;
    const { cpuMs, rssBytes } = await usageOf(server.pid);
    starts.push({ wallMs, cpuMs, rssBytes });
  }
  const shared = options.coreShare === undefined ? undefined : await shareCores(server.pid, options.coreShare);
  const { hostname, port } = new URL(server.url);
  const { encryption } = options;
  const callerOptions = sdkOptions(server.url, site.caller);
  const content = encryption === undefined ? site : await putUnder(encryption, callerOptions, images);
  const addressOf = async (user: GeneratedUser): Promise<Address> => {
    const authorization = await registryAuthorization(sdkOptions(server.url, user));
    return { host: hostname, port: Number(port), authorization };
  };
  return {
    name,
    address: await addressOf(site.caller),
    pid: server.pid,
    starts,
    images: content.images,
    layerDigest: content.layerDigest,
    own: {
      url: server.url,
      accountId: site.accountId,
      caller: site.caller,
      flooderAddress: await addressOf(site.flooder),
      async loopDelay() {
        const management = server.lines.map((line) => /^Management: (\S+)\/readyz/.exec(line)?.[1]).find(Boolean);
        if (management === undefined) return undefined;
        return readLoopDelay(await (await fetch(`${management}/metrics`)).text());
      },
    },
    async stop() {
      await server.stop();
      await shared?.remove();
      await folder.remove();
    },
  };
}

/** Whether this build can share the work between processes. */
export async function hasWorkers(): Promise<boolean> {
  const { stdout } = await runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), 'serve', '--help']);
  return stdout.includes('--workers');
}

function sdkOptions(endpoint: string, credentials: GeneratedUser) {
  return { region: benchRegion, endpoint, credentials, maxAttempts: 1 as const };
}

function generate(plan: SitePlan): Promise<GeneratedSite> {
  const script = fileURLToPath(new URL('../generate/generate.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => pieces.push(bytes));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(pieces).toString()) as GeneratedSite);
      else reject(new Error(`filling the site ended with ${code}`));
    });
  });
}
