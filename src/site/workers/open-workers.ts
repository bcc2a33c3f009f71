// A site served by several processes: this one holds the data folder, starts the workers, and replaces one that ends.

import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import { openAcceptingSocket } from '#edge/accepting-socket.ts';
import { readCertificate, watchCertificate } from '#edge/tls.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import { writeAdministrator } from '../administrator.ts';
import { type CloserStack, openInOrder } from '../closers.ts';
import { openHome } from '../home.ts';
import type { SiteKeys } from '../keys/open-keys.ts';
import { rotateInAudit, type Unsealing, unsealInAudit } from '../keys/root-acts.ts';
import { resumeRotation } from '../keys/rotate-keys.ts';
import { openVault } from '../keys/vault.ts';
import { openManagementListener, urlOf } from '../management-listener.ts';
import type { Site, SiteOptions } from '../open-site.ts';
import { requireSafePlaintext } from '../safe-plaintext.ts';
import { openSiteDatabase, type Platform } from '../stores.ts';
import { type PreparedTls, prepareTls } from '../tls.ts';
import { type Crew, startCrew } from './crew.ts';
import { openDistribution } from './distribution.ts';
import { mergeMetrics } from './merge-metrics.ts';
import type { SentKeys } from './messages.ts';
import { assertNoWorkers } from './no-workers.ts';

/** Throws with one sentence when the data folder, the keys or an address cannot be had. */
export function openWorkers(config: Config, options: SiteOptions & { platform: Platform }): Promise<Site> {
  return openInOrder((closers) => open(config, options, closers));
}

async function open(
  config: Config,
  { log, platform, secrets, environment = process.env, signal }: SiteOptions & { platform: Platform },
  { onClose, closeAll }: CloserStack,
): Promise<Site> {
  requireSafePlaintext(config);
  const folder = await lockDataFolder(config.data);
  onClose(() => folder.release());
  await assertNoWorkers(config.data);
  // Made here once, so that the workers only find it.
  const tls = await prepareTls(config, platform);
  const distribution = openDistribution(config.connections.max);
  const accepting = await openAcceptingSocket(config.listen.host, config.listen.port, distribution.take);
  const refuse = async () => {
    accepting.close();
    distribution.close();
  };
  onClose(refuse);
  const crew = await startCrew({ config, clock: platform.clock, port: accepting.port, distribution, log });
  onClose(crew.close);
  // Before the workers end.
  onClose(refuse);
  const [first] = crew.all();
  if (first === undefined) throw new Error('no worker was started');
  const { url, authority } = first;
  const managementUrl = await openWorkersManagement(config, crew, tls, log, onClose);
  const guarded = openGuarded(config, { platform, log }, crew, { url, authority });
  const vault = await openVault({ ...{ config, platform, log, secrets, environment, signal }, ...guarded });
  onClose(() => vault.close());
  return {
    ...{ url, managementUrl, authority, close: closeAll, sealed: vault.sealed, opened: vault.opened },
    get home() {
      return guarded.home();
    },
  };
}

/** What the keys open, for all workers at once. The supervisor itself keeps the keys, and nothing open. */
function openGuarded(
  config: Config,
  { platform, log }: Pick<SiteOptions, 'log'> & { platform: Platform },
  crew: Crew,
  site: Pick<Site, 'url' | 'authority'>,
) {
  let home: RegistryRef | undefined;
  let held: SiteKeys | undefined;
  const sent = ({ roots, siteKey }: SiteKeys): SentKeys => ({ roots: roots.all(), siteKey });
  const share = (roots: readonly RootKey[]) => crew.share(roots);
  const forget = () => {
    held?.roots.clear();
    held?.siteKey.bytes.fill(0);
    held = undefined;
  };
  return {
    home() {
      if (home === undefined) throw new Error('the site is sealed: its home account is not known yet');
      return home;
    },
    async open(keys: SiteKeys, unsealing: Unsealing | undefined) {
      const stores = await openSiteDatabase(config.data, platform, keys);
      try {
        const resumed = await resumeRotation({ keys, database: stores.database, platform });
        if (resumed !== undefined) log(resumed);
        home = await openHome(config, stores.iam);
        const act = { config, keys, platform, log, accountId: home.accountId };
        await unsealInAudit(act, unsealing, () => crew.unseal(() => sent(keys)));
        held = keys;
        await writeAdministrator(config, stores.iam, home, site);
      } finally {
        await stores.close();
      }
    },
    async close(reason: string) {
      await crew.seal(reason);
      forget();
    },
    async rotate(next: RootKey, record: RootRecord) {
      if (held === undefined) throw new Error('The site is sealed: unseal it first.');
      const stores = await openSiteDatabase(config.data, platform, held);
      try {
        return await rotateInAudit({ ...stores, config, keys: held, platform, log, share }, next, record);
      } finally {
        await stores.close();
      }
    },
  };
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
        const text = await worker.ask({ what: 'metrics' });
        if (typeof text === 'string') texts.set(worker.index, text);
      }
      return mergeMetrics(texts);
    },
  };
  const isReady = async () => {
    const answers = await Promise.all(crew.all().map((worker) => worker.ask({ what: 'readiness' })));
    return answers.length === config.workers && answers.every((one) => one === true);
  };
  const checks = [{ name: 'workers', isReady }];
  const opened = await openManagementListener(config, metrics, () => checks, files && readCertificate(files));
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
