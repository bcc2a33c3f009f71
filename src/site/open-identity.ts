// Who calls, as a site finds it out: identity over IAM's credentials, and what is kept of the tokens that it issues.

import type { Config } from '#config/config.ts';
import { type Identity, openIdentity } from '#identity/identity.ts';
import type { Job } from '#jobs/job.ts';
import { openIssuedList } from '#services/sallyport/issued/issued.ts';
import { openQuarantine } from '#services/sallyport/quarantine/quarantine.ts';
import { openRegistryTokens } from '#services/sallyport/registry-tokens/registry-tokens.ts';
import { openTokenStanding } from '#services/sallyport/registry-tokens/token-standing.ts';
import type { SallyportRooms } from '#services/sallyport/rooms.ts';
import { openQuarantinedUses } from './quarantined-uses.ts';
import type { Platform, SiteDatabase } from './stores.ts';

export interface SiteIdentity {
  readonly identity: Identity;
  /** What Sallyport's own door works on of all this. */
  readonly rooms: Pick<
    SallyportRooms,
    'registryTokens' | 'tokens' | 'revocations' | 'standing' | 'issued' | 'quarantine'
  >;
  readonly jobs: readonly Job[];
  /** Its own lines of the metrics. */
  readonly metricLines: () => readonly string[];
}

export function openSiteIdentity(
  config: Config,
  stores: SiteDatabase,
  platform: Platform,
  log: (line: string) => void,
): SiteIdentity {
  const { database, iam } = stores;
  const { clock } = platform;
  const registryTokens = openRegistryTokens(database, clock);
  const { noteUse } = registryTokens;
  const issued = openIssuedList(database, clock);
  const quarantine = openQuarantine(database, clock, iam.credentialSource);
  const uses = openQuarantinedUses(clock, log);
  const opened = openIdentity({
    credentials: quarantine.credentials,
    noteQuarantined(use) {
      uses.note(use);
      quarantine.noteUse(use);
    },
    standing: openTokenStanding({ database, clock, standing: iam.standing, noteUse }),
    tokenSecret: stores.secretOf('tokens'),
    servedRegions: new Set(config.regions),
    ...platform,
  });
  const identity = { ...opened, ...issued.noting(opened) };
  const { revocations, standing } = iam;
  return {
    identity,
    rooms: { registryTokens, tokens: identity.tokens, revocations, standing, issued, quarantine },
    jobs: [registryTokens.job, issued.job, quarantine.job, iam.oldPasswords, spentRevocations(iam)],
    metricLines: uses.lines,
  };
}

/** A revocation that is older than anything lives has nothing left to end. */
function spentRevocations({ revocations }: SiteDatabase['iam']): Job {
  return { name: 'remove-spent-revocations', intervalMs: 3600_000, run: () => revocations.removeSpent() };
}
