// One site: opens stores, services, corridor and listeners from a configuration, and closes them in the right order.

import { inspect } from 'node:util';
import { headAt } from '#audit/chain.ts';
import { openAudit } from '#audit/open-audit.ts';
import { lockDataFolder } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { type AccountId, parseAccountId, type RegistryRef } from '#core/account.ts';
import { systemClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import { systemRandom } from '#core/random.ts';
import { openMetrics } from '#edge/metrics.ts';
import { openCrowd } from '#gateway/crowd.ts';
import { openGateway } from '#gateway/dispatch.ts';
import { openDoors } from '#gateway/find-door.ts';
import { openIdentify } from '#gateway/identify.ts';
import { openPermit } from '#gateway/permit.ts';
import { openIdentity } from '#identity/identity.ts';
import { startJobs } from '#jobs/runner.ts';
import { openAuditFiles } from '#services/cloudtrail/audit-files.ts';
import type { Iam } from '#services/iam/open-iam.ts';
import { deriveSecret } from '#services/kms/root-key.ts';
import { writeAdministrator } from './administrator.ts';
import { openSiteDoors } from './doors.ts';
import { openSiteListeners } from './listeners.ts';
import { requireSafePlaintext } from './safe-plaintext.ts';
import { openSiteDatabase, openSiteRegistry, type Platform } from './stores.ts';

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
export async function openSite(config: Config, options: SiteOptions): Promise<Site> {
  const closers: Array<() => Promise<void>> = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await open(config, options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function open(
  config: Config,
  { log, platform = systemPlatform, jobsDelayMs }: SiteOptions,
  closers: Array<() => Promise<void>>,
  closeAll: () => Promise<void>,
): Promise<Site> {
  requireSafePlaintext(config);
  const folder = await lockDataFolder(config.data);
  closers.push(() => folder.release());
  const stores = await openSiteDatabase(config.data, platform);
  closers.push(() => stores.database.close());
  const home = await openHome(config, stores.iam);
  const opened = await openSiteRegistry(config, stores, platform);
  closers.push(() => opened.close());
  const audit = await openSiteAudit(config, stores.rootKey, platform, log, closers);
  const jobs = startJobs(opened.jobs, {
    log: (line, error) => log(`${line}: ${String(error)}`),
    ...(jobsDelayMs === undefined ? {} : { firstDelayMs: jobsDelayMs }),
  });
  closers.push(() => jobs.close());
  const identity = openIdentity({
    credentials: stores.iam.credentialSource,
    tokenSecret: deriveSecret(stores.rootKey, 'tokens'),
    servedRegions: new Set(config.regions),
    ...platform,
  });
  const { identityPolicies, userFacts } = stores.iam;
  const policies = {
    ofPrincipal: identityPolicies,
    ofResource: (arn: string) => (arn.startsWith('arn:aws:iam:') ? userFacts(arn) : opened.resourceFacts(arn)),
  };
  const metrics = openMetrics(platform.clock);
  closers.push(async () => metrics.close());
  const crowd = openCrowd(config.crowd, identity.recognise);
  // Answers spell the public address, which is known only once the port is bound: doors are opened after listening.
  const listeners = await openSiteListeners({
    config,
    home,
    platform,
    metrics,
    crowd,
    log,
    checks: [
      { name: 'audit', isReady: () => audit.healthy() },
      { name: 'database', isReady: async () => (await stores.iam.accounts.list()).length > 0 },
    ],
    openHandler: (publicUrl) =>
      openGateway({
        doors: openDoors(
          openSiteDoors({ config, home, publicUrl, stores, registry: opened.registry, identity, platform }),
        ),
        crowd,
        identify: openIdentify(identity),
        permit: openPermit(policies, platform.clock),
        audit,
        observe(exit) {
          metrics.observe(exit);
          if (exit.fault !== undefined) log(faultLine(exit.call.requestId, exit.door, exit.operation, exit.fault));
        },
      }),
  });
  closers.push(() => listeners.close(config.shutdownGraceMs));
  await writeAdministrator(config, stores.iam, home, listeners);
  const { url, managementUrl, authority } = listeners;
  return { url, managementUrl, home, authority, close: closeAll };
}

/** The audit log and its files; closing it flushes what is queued. */
async function openSiteAudit(
  config: Config,
  rootKey: Parameters<typeof deriveSecret>[0],
  platform: Platform,
  log: (line: string) => void,
  closers: Array<() => Promise<void>>,
) {
  const files = await openAuditFiles({
    directory: config.data,
    clock: platform.clock,
    headAt,
    budgetBytes: config.auditBudgetBytes,
  });
  for (const finding of files.findings) log(`audit: ${finding}`);
  closers.push(() => files.close());
  const macKey = deriveSecret(rootKey, 'audit');
  const audit = openAudit({ sink: files, macKey, head: files.head(), ...platform });
  closers.push(() => audit.close());
  return audit;
}

/** The oldest account is home; a new site makes one. */
async function openHome(config: Config, iam: Iam): Promise<RegistryRef> {
  const region = config.region as RegistryRef['region'];
  const [first] = await iam.accounts.list();
  if (first !== undefined) {
    if (config.account !== undefined && config.account !== first.accountId) {
      throw new Error(`The data folder belongs to account ${first.accountId}, not to ${config.account} as configured.`);
    }
    return { accountId: first.accountId, region };
  }
  const wanted: AccountId | undefined = parseAccountId(config.account ?? '');
  const home = await iam.accounts.create(wanted === undefined ? { name: 'home' } : { name: 'home', accountId: wanted });
  return { accountId: home.accountId, region };
}

function faultLine(requestId: string, door: string, operation: string, fault: unknown): string {
  const shown = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const known = fault instanceof DomainError && fault.log !== undefined ? ` (${fault.log})` : '';
  const cause = fault instanceof Error && fault.cause !== undefined ? ` (cause: ${inspect(fault.cause)})` : '';
  return `request ${requestId} ${door} ${operation}: ${shown}${known}${cause}`;
}
