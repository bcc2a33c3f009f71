// The server that is killed: a whole site, with a collection that comes every moment and a grace of seconds.
// It loads everything first and opens the data folder only when it is told to: a restart takes no longer than that.
// Its clock may be ahead, so that what happens after days comes to pass.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { loadConfig } from '../../src/config/load.ts';
import { openSite, systemPlatform } from '../../src/site/open-site.ts';
import type { Platform } from '../../src/site/stores.ts';
import { openWorkers } from '../../src/site/workers/open-workers.ts';
import { runWorker } from '../../src/site/workers/run-worker.ts';

const log = (line: string) => console.error(line);
// Workers are started without arguments.
const jobsDelayMs = Number(process.env.FAULTS_JOBS_DELAY_MS);

if (cluster.isWorker) await runWorker(aheadBy(Number(process.env.FAULTS_AHEAD_MS)), log, jobsDelayMs);
else await serve();

async function serve(): Promise<void> {
  const [dataFolder = '', graceMs = ''] = process.argv.slice(2);
  // The driver is gone when its end of the pipe is: nobody would stop this process then.
  process.stdin.once('end', () => process.exit(1));
  const [asked] = (await once(process.stdin, 'data')) as [Buffer];
  const [, workersText, aheadMs = '0'] = /^open (\d+) (\d+)$/m.exec(asked.toString()) ?? [];
  const workers = Number(workersText);
  // Workers are given it with the rest of the environment.
  process.env.FAULTS_AHEAD_MS = aheadMs;
  const platform = aheadBy(Number(aheadMs));
  const flags = { '--data': dataFolder, '--listen': '127.0.0.1:0', '--config': undefined };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: dataFolder });
  // The configuration allows no grace under a minute, for people; what is tested is the same at any length.
  // Files have the machine's time, whatever the site's clock says: without the difference each would be old at once.
  const collectionGraceMs = Number(graceMs) + Number(aheadMs);
  const quick = { ...config, workers, collectionGraceMs, collectionIntervalMs: 200 };
  const open = workers > 1 ? openWorkers : openSite;
  const site = await open(quick, { log, platform, jobsDelayMs });
  console.log(`ready ${site.url} ${site.managementUrl}`);
}

function aheadBy(aheadMs: number): Platform {
  const { clock, random } = systemPlatform;
  return { random, clock: { ...clock, nowMs: () => clock.nowMs() + aheadMs } };
}
