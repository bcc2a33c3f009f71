// What every process that serves requests consists of: registry, audit, jobs and corridor over open stores.

import { inspect } from 'node:util';
import { sealedReasons } from '#access/trace/authorization-message.ts';
import type { Audit } from '#audit/audit.ts';
import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import { openFlow } from '#edge/flow.ts';
import { openFront } from '#edge/front.ts';
import type { Check } from '#edge/management.ts';
import { openMetrics } from '#edge/metrics.ts';
import { openOrigins } from '#edge/origins.ts';
import { type Crowd, openCrowd } from '#gateway/crowd.ts';
import { type Handler, openGateway } from '#gateway/dispatch.ts';
import { openFailedProofs } from '#gateway/failed-proofs.ts';
import { openDoors } from '#gateway/find-door.ts';
import { openIdentify } from '#gateway/identify.ts';
import { openPermit } from '#gateway/permit.ts';
import { claimedKeyOf } from '#identity/acquaintances.ts';
import type { Job } from '#jobs/job.ts';
import { startJobs } from '#jobs/runner.ts';
import type { OpenRegistry } from '#registry/open-registry.ts';
import { type Denials, openDenials } from '#services/sallyport/denials/denials.ts';
import { removesClosedAccounts } from './closed-account-removal.ts';
import { openSiteDoors } from './doors.ts';
import { keepsKeys } from './key-upkeep.ts';
import type { Listeners } from './listeners.ts';
import { openAuditLog } from './open-audit-log.ts';
import { openSiteIdentity } from './open-identity.ts';
import { openSiteRepositoryKeys } from './open-repository-keys.ts';
import { openOrganization, openPolicyFiles, type ReadPolicyFile } from './organization.ts';
import { organizationDirectory } from './organization-directory.ts';
import { movesRepositories } from './reencryption-upkeep.ts';
import { openSiteRegistry, type Platform, type SiteDatabase } from './stores.ts';
import type { Served } from './turnout.ts';

export interface CoreOptions {
  readonly config: Config;
  readonly stores: SiteDatabase;
  readonly home: RegistryRef;
  /** The public address is known, and nothing of the core answers yet. */
  readonly listeners: Pick<Listeners, 'url' | 'secureTransport' | 'sourceOf'>;
  readonly platform: Platform;
  readonly log: (line: string) => void;
  /** Whose audit chain this process writes. */
  readonly chain: { readonly directory: string; readonly keyPurpose: string; readonly budgetBytes: number };
  /** False where another process of the site runs what is for all of them. */
  readonly runsSiteJobs: boolean;
  readonly jobsDelayMs?: number | undefined;
  /** Takes what has to be closed at the end, in reverse order. */
  readonly onClose: (close: () => Promise<void>) => void;
}

export async function openCore(options: CoreOptions): Promise<Served> {
  const { config, stores, home, listeners, platform, log, chain, runsSiteJobs, jobsDelayMs, onClose } = options;
  const documents = config.auditDocuments;
  const audit = await openAuditLog({ ...chain, documents, siteKey: stores.siteKey, platform, log });
  onClose(() => audit.close());
  const denials = openSiteDenials(stores, platform);
  // The registry's own resources are asked about only once it is open.
  const { policies, organization } = openPolicies(options, { resourceFacts: (arn) => opened.resourceFacts(arn) });
  const repositoryKeys = openSiteRepositoryKeys({ stores, policies, audit, platform, config, note: denials.note });
  const opened = await openSiteRegistry(config, stores, repositoryKeys, platform);
  onClose(() => opened.close());
  const { identity, ...known } = openSiteIdentity(config, stores, platform, log);
  const writers = [denials.job, stores.iam.activity.job, ...stores.kms.jobs, ...known.jobs];
  // What was noted until the last request is written as well.
  for (const job of writers) onClose(() => job.run(new AbortController().signal));
  const all = [...opened.jobs, ...auditedJobs(options, audit, opened), ...writers, forgetsErased(stores)];
  const jobs = startJobs(runsSiteJobs ? all : all.filter((job) => job.scope === 'process'), {
    log: (line, error) => log(`${line}: ${String(error)}`),
    ...(jobsDelayMs === undefined ? {} : { firstDelayMs: jobsDelayMs }),
  });
  onClose(() => jobs.close());
  const { certificates: deletionCertificates, erasures } = stores;
  const own = { ...known.rooms, denials, policies, deletionCertificates, certificateKey: erasures.certificateKey };
  const crowd = openCrowd(config.crowd, identity.recognise);
  const metrics = openMetrics(platform.clock, crowd.open, known.metricLines);
  onClose(async () => metrics.close());
  const failedProofs = openFailedProofs(config.failedProofs, claimedKeyOf, platform.clock);
  const checks: readonly Check[] = [
    { name: 'audit', isReady: () => audit.healthy() },
    { name: 'database', isReady: async () => (await stores.iam.accounts.list()).length > 0 },
  ];
  const publicUrl = config.publicUrl ?? listeners.url;
  const handler = openGateway({
    doors: openDoors(
      openSiteDoors({
        config,
        home,
        publicUrl,
        stores,
        registry: opened.registry,
        reencryptions: opened.moves.reencryptions,
        identity,
        platform,
        own,
        organization,
      }),
    ),
    crowd,
    identify: openIdentify(identity),
    failedProofs,
    permit: openPermit(policies, platform.clock, denials.note),
    audit,
    sealReasons: (denied) => sealedReasons(denied, identity.sessions.sealMessage, limits.tokenBytesMax),
    observe(exit) {
      metrics.observe(exit);
      if (exit.caller !== undefined && exit.needs !== undefined) stores.iam.activity.note(exit.caller, exit.needs);
      if (exit.fault !== undefined) log(faultLine(exit.call.requestId, exit.door, exit.operation, exit.fault));
    },
  });
  const handle = frontOf(options, crowd, handler);
  onClose(async () => failedProofs.close());
  return { handle, metrics, checks };
}

function frontOf(options: CoreOptions, crowd: Crowd, handler: Handler): Served['handle'] {
  const { config, home, listeners, platform, log, onClose } = options;
  const { domains, vanityHosts, regions, proxies } = config;
  const flow = openFlow(config.connections, platform.clock);
  onClose(async () => flow.close());
  return openFront({
    ...platform,
    crowd,
    flow,
    hosts: { home, regions: new Set(regions), domains, vanityHosts },
    endpoints: { endpointOf: () => undefined },
    secureTransport: listeners.secureTransport,
    origins: openOrigins(proxies),
    sourceOf: (socket) => listeners.sourceOf(socket),
    handler,
    onFault: (error) => log(`a request broke off: ${String(error)}`),
  });
}

function openSiteDenials({ database, keyRing, iam }: SiteDatabase, { clock }: Platform): Denials {
  const hasAccount = async (id: string) => (await iam.accounts.list()).some(({ accountId }) => accountId === id);
  return openDenials({ database, keyRing, clock, hasAccount });
}

/** What no room does alone, because the audit log tells of it. */
function auditedJobs(
  { config, stores, platform, chain, log }: CoreOptions,
  audit: Audit,
  { moves }: OpenRegistry,
): readonly Job[] {
  const removal = removesClosedAccounts({ stores, audit, platform, region: config.region });
  const { kms, erasures } = stores;
  const keys = keepsKeys({ upkeep: kms.upkeep, erasures, audit, chain: chain.keyPurpose, platform });
  return [removal, ...keys, movesRepositories({ moves, audit, platform, log })];
}

/** What another process has destroyed leaves the memory of this one. */
function forgetsErased({ erased }: SiteDatabase): Job {
  const intervalMs = limits.erasedKeysForgetMs;
  return { name: 'forget-erased-keys', scope: 'process', intervalMs, run: () => erased.follow() };
}

/** Both of the same files: what the door shows is what is in force. */
function openPolicies(options: CoreOptions, opened: Pick<OpenRegistry, 'resourceFacts'>) {
  const { config, home } = options;
  const readPolicy = openPolicyFiles();
  const organization = config.organization && organizationDirectory(config.organization, home.accountId, readPolicy);
  return { policies: policySourceOf(options, opened, readPolicy), organization };
}

function policySourceOf(
  { config, stores, home }: CoreOptions,
  { resourceFacts }: Pick<OpenRegistry, 'resourceFacts'>,
  readPolicy: ReadPolicyFile,
): PolicySource {
  const { principalFacts, entityFacts, closed } = stores.iam;
  const { keyFacts } = stores.kms;
  return {
    ofPrincipal: principalFacts,
    ofResource: closed.resources((arn, action) => {
      if (arn.startsWith('arn:aws:iam:')) return entityFacts(arn, action);
      return arn.startsWith('arn:aws:kms:') ? keyFacts(arn, action) : resourceFacts(arn);
    }),
    ...(config.organization && { guardrailsOf: openOrganization(config.organization, home.accountId, readPolicy) }),
  };
}

function faultLine(requestId: string, door: string, operation: string, fault: unknown): string {
  const shown = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
  const known = fault instanceof DomainError && fault.log !== undefined ? ` (${fault.log})` : '';
  const cause = fault instanceof Error && fault.cause !== undefined ? ` (cause: ${inspect(fault.cause)})` : '';
  return `request ${requestId} ${door} ${operation}: ${shown}${known}${cause}`;
}
