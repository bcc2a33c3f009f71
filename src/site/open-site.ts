// One site in one process: opens stores, corridor and listeners, and closes them in the right order.

import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import { systemClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { auditChainOf } from '#services/cloudtrail/audit-chains.ts';
import { writeAdministrator } from './administrator.ts';
import { type CloserStack, openInOrder } from './closers.ts';
import { openHome } from './home.ts';
import { openFileRoot, openKeys } from './keys/open-keys.ts';
import { resumeRotation } from './keys/rotate-keys.ts';
import { openCore } from './open-core.ts';
import { requireSafePlaintext } from './safe-plaintext.ts';
import { openSiteDatabase, type Platform } from './stores.ts';
import { assertNoWorkers } from './workers/no-workers.ts';

export interface Site {
  /** Where the registry answers: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Where /livez, /readyz and /metrics answer; undefined when off. */
  readonly managementUrl: string | undefined;
  readonly home: RegistryRef;
  /** The local CA's certificate when `tls: self-signed`. */
  readonly authority: string | undefined;
  /** Stops accepting, lets running requests finish, writes what is queued. */
  close(): Promise<void>;
}

export interface SiteOptions {
  /** One line for the operator's log. */
  readonly log: (line: string) => void;
  readonly platform?: Platform;
  /** From the start to the first runs of the jobs; the runner's own choice when left out. */
  readonly jobsDelayMs?: number;
}

export const systemPlatform: Platform = { clock: systemClock, random: systemRandom };

/** Opens a site. Throws with one sentence when the data folder, the keys or an address cannot be had. */
export function openSite(config: Config, options: SiteOptions): Promise<Site> {
  return openInOrder((closers) => open(config, options, closers));
}

async function open(
  config: Config,
  { log, platform = systemPlatform, jobsDelayMs }: SiteOptions,
  { onClose, closeAll }: CloserStack,
): Promise<Site> {
  requireSafePlaintext(config);
  const folder = await lockDataFolder(config.data);
  onClose(() => folder.release());
  await assertNoWorkers(config.data);
  const keys = await openKeys(config.data, platform.random, openFileRoot);
  const stores = await openSiteDatabase(config.data, platform, keys);
  onClose(() => stores.database.close());
  const resumed = await resumeRotation({ keys, database: stores.database, platform });
  if (resumed !== undefined) log(resumed);
  const home = await openHome(config, stores.iam);
  const chain = { ...auditChainOf(config.data, 1), budgetBytes: config.auditBudgetBytes };
  const shared = { config, stores, home, platform, log, jobsDelayMs, onClose };
  const { listeners } = await openCore({ ...shared, chain, runsSiteJobs: true });
  await writeAdministrator(config, stores.iam, home, listeners);
  const { url, managementUrl, authority } = listeners;
  return { url, managementUrl, home, authority, close: closeAll };
}
