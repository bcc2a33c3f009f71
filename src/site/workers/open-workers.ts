// A site served by several processes: this one holds the data folder, starts the workers, and replaces one that ends.

import cluster from 'node:cluster';
import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { readCertificate, watchCertificate } from '#edge/tls.ts';
import { writeAdministrator } from '../administrator.ts';
import { type CloserStack, openInOrder } from '../closers.ts';
import { openHome } from '../home.ts';
import { openFileRoot, openKeys } from '../keys/open-keys.ts';
import { resumeRotation } from '../keys/rotate-keys.ts';
import { openManagementListener, urlOf } from '../management-listener.ts';
import type { Site, SiteOptions } from '../open-site.ts';
import { requireSafePlaintext } from '../safe-plaintext.ts';
import { openSiteDatabase, type Platform } from '../stores.ts';
import { type PreparedTls, prepareTls } from '../tls.ts';
import { mergeMetrics } from './merge-metrics.ts';
import { assertNoWorkers } from './no-workers.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** A worker that ends sooner than this after its start is not replaced at once, so that a fault cannot spin. */
const settledMs = 5000;

interface Crew {
  readonly all: () => readonly WorkerProcess[];
  readonly close: () => Promise<void>;
}

/** Throws with one sentence when the data folder, the keys or an address cannot be had. */
export function openWorkers(config: Config, options: SiteOptions & { platform: Platform }): Promise<Site> {
  return openInOrder((closers) => open(config, options, closers));
}

async function open(
  config: Config,
  { log, platform }: SiteOptions & { platform: Platform },
  { onClose, closeAll }: CloserStack,
): Promise<Site> {
  requireSafePlaintext(config);
  const folder = await lockDataFolder(config.data);
  onClose(() => folder.release());
  await assertNoWorkers(config.data);
  const keys = await openKeys(config.data, platform.random, openFileRoot);
  const stores = await openSiteDatabase(config.data, platform, keys);
  try {
    const resumed = await resumeRotation({ keys, database: stores.database, platform });
    if (resumed !== undefined) log(resumed);
    const home = await openHome(config, stores.iam);
    // Made here once, so that the workers only find it.
    const tls = await prepareTls(config, platform);
    const crew = await startCrew(config, home, platform, log);
    onClose(crew.close);
    const [first] = crew.all();
    if (first === undefined) throw new Error('no worker was started');
    const { url, authority } = first;
    const managementUrl = await openWorkersManagement(config, crew, tls, log, onClose);
    await writeAdministrator(config, stores.iam, home, { url, authority });
    return { url, managementUrl, home, authority, close: closeAll };
  } finally {
    await stores.database.close();
  }
}

async function startCrew(
  config: Config,
  home: Site['home'],
  { clock }: Platform,
  log: (line: string) => void,
): Promise<Crew> {
  cluster.setupPrimary({ args: [] });
  const workers = new Map<number, WorkerProcess>();
  let isClosing = false;
  const start = async (index: number): Promise<void> => {
    const startedMs = clock.monotonicMs();
    const worker = await startWorker({ kind: 'open', config, home, index });
    workers.set(index, worker);
    void worker.ended.then(async (code) => {
      workers.delete(index);
      if (isClosing) return;
      log(`worker ${index} ended with code ${code}: another one takes its place`);
      await pause(Math.max(0, settledMs - (clock.monotonicMs() - startedMs)));
      await startAgain(index);
    });
  };
  const startAgain = async (index: number): Promise<void> => {
    while (!isClosing) {
      try {
        return await start(index);
      } catch (error) {
        log(`worker ${index} cannot be started: ${error instanceof Error ? error.message : String(error)}`);
        await pause(settledMs);
      }
    }
  };
  const close = async () => {
    isClosing = true;
    await Promise.all([...workers.values()].map((worker) => worker.close(config.shutdownGraceMs + settledMs)));
  };
  try {
    // One after the other: the first one finds what a crash left, alone.
    for (let index = 1; index <= config.workers; index += 1) await start(index);
  } catch (error) {
    await close();
    throw error;
  }
  return { all: () => [...workers.values()], close };
}

async function openWorkersManagement(
  config: Config,
  crew: Crew,
  { files }: PreparedTls,
  log: (line: string) => void,
  onClose: CloserStack['onClose'],
): Promise<string | undefined> {
  const metrics = {
    async text() {
      const texts = new Map<number, string>();
      for (const worker of crew.all()) {
        const text = await worker.ask('metrics');
        if (typeof text === 'string') texts.set(worker.index, text);
      }
      return mergeMetrics(texts);
    },
  };
  const isReady = async () => {
    const answers = await Promise.all(crew.all().map((worker) => worker.ask('readiness')));
    return answers.length === config.workers && answers.every((one) => one === true);
  };
  const checks = [{ name: 'workers', isReady }];
  const opened = await openManagementListener(config, metrics, checks, files && readCertificate(files));
  if (opened === undefined) return undefined;
  const { listener, isSecure } = opened;
  onClose(() => listener.close(0));
  const unwatch =
    files &&
    watchCertificate(
      files,
      (context) => listener.setSecureContext(context),
      (error) => log(String(error)),
    );
  onClose(async () => unwatch?.());
  return urlOf(listener, isSecure);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
