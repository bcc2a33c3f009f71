// One site in one process: takes the data folder, opens the sockets, then all that its keys open.

import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import { systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { auditChainOf } from '#services/cloudtrail/audit-chains.ts';
import { writeAdministrator } from './administrator.ts';
import { type CloserStack, openInOrder } from './closers.ts';
import type { Environment } from './keys/external-kms.ts';
import { rotateInAudit, unsealInAudit } from './keys/root-acts.ts';
import type { RootSecrets } from './keys/root-opener.ts';
import { resumeRotation } from './keys/rotate-keys.ts';
import { openVault } from './keys/vault.ts';
import { requireSafePlaintext } from './safe-plaintext.ts';
import { openServing } from './serving.ts';
import type { Platform } from './stores.ts';
import { assertNoWorkers } from './workers/no-workers.ts';

export interface Site {
  /** Where the registry answers: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Where /livez, /readyz and /metrics answer; undefined when off. */
  readonly managementUrl: string | undefined;
  /** Throws as long as the site has not been unsealed. */
  readonly home: RegistryRef;
  /** The local CA's certificate when `tls: self-signed`. */
  readonly authority: string | undefined;
  /** Why the site is sealed, for who runs it; undefined when it serves. */
  sealed(): string | undefined;
  /** Resolves once it serves for the first time. */
  readonly opened: Promise<void>;
  /** Stops accepting, lets running requests finish, writes what is queued. */
  close(): Promise<void>;
}

export interface SiteOptions {
  /** One line for the operator's log. */
  readonly log: (line: string) => void;
  readonly platform?: Platform;
  /** From the start to the first runs of the jobs; the runner's own choice when left out. */
  readonly jobsDelayMs?: number;
  /** Where a passphrase or shares may be had at the start; nowhere when left out. */
  readonly secrets?: RootSecrets;
  /** Where credentials for an external KMS may be; the process's own when left out. */
  readonly environment?: Environment;
  /** Says that the site is to end soon: its start waits no longer for whoever keeps its root key. */
  readonly signal?: AbortSignal;
}

export const systemPlatform: Platform = { clock: systemClock, random: systemRandom };

/** Opens a site. Throws with one sentence when the data folder, the keys or an address cannot be had. */
export function openSite(config: Config, options: SiteOptions): Promise<Site> {
  return openInOrder((closers) => open(config, options, closers));
}

async function open(
  config: Config,
  { log, platform = systemPlatform, jobsDelayMs, secrets, environment = process.env, signal }: SiteOptions,
  { onClose, closeAll }: CloserStack,
): Promise<Site> {
  requireSafePlaintext(config);
  const folder = await lockDataFolder(config.data);
  onClose(() => folder.release());
  await assertNoWorkers(config.data);
  const chain = { ...auditChainOf(config.data, 1), budgetBytes: config.auditBudgetBytes };
  const serving = await openServing(
    { config, platform, log, jobsDelayMs, chain, runsSiteJobs: true },
    'It is opening.',
  );
  onClose(() => serving.close());
  const { listeners } = serving;
  const { url, managementUrl, authority } = listeners;
  let home: RegistryRef | undefined;
  const vault = await openVault({
    ...{ config, platform, log, secrets, environment, signal },
    async open(keys, unsealing) {
      const opened = await serving.unseal(keys, async (site, rest) => {
        const resumed = await resumeRotation({ keys, database: site.stores.database, platform });
        if (resumed !== undefined) log(resumed);
        const { accountId } = site.home;
        return unsealInAudit({ config, keys, platform, log, accountId }, unsealing, rest);
      });
      home = opened.home;
      await writeAdministrator(config, opened.stores.iam, home, listeners);
    },
    close: (reason) => serving.seal(reason),
    async rotate(next, record) {
      const opened = serving.opened();
      if (opened === undefined) throw new Error('The site is sealed: unseal it first.');
      const { keys, stores } = opened;
      return rotateInAudit({ ...stores, config, keys, platform, log }, next, record);
    },
  });
  onClose(() => vault.close());
  return {
    ...{ url, managementUrl, authority, close: closeAll, sealed: vault.sealed, opened: vault.opened },
    get home() {
      if (home === undefined) throw new Error('the site is sealed: its home account is not known yet');
      return home;
    },
  };
}
