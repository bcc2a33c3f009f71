// A site served by several processes: this one holds the data folder, starts the workers, and replaces one that ends.

import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { openAcceptingSocket } from '#edge/accepting-socket.ts';
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
import { type Crew, startCrew } from './crew.ts';
import { openDistribution } from './distribution.ts';
import { mergeMetrics } from './merge-metrics.ts';
import { assertNoWorkers } from './no-workers.ts';

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
    const distribution = openDistribution(config.connections.max);
    const { host, port } = config.listen;
    const accepting = await openAcceptingSocket(host, port, distribution.take);
    const refuse = async () => {
      accepting.close();
      distribution.close();
    };
    onClose(refuse);
    const crew = await startCrew({ config, home, clock: platform.clock, port: accepting.port, distribution, log });
    onClose(crew.close);
    // Before the workers end.
    onClose(refuse);
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
