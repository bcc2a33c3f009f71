// Customer keys of repositories: what the registry asks, KMS's own operations answer, decided and recorded as calls.

import type { NoteDenial } from '#access/trace/denied-need.ts';
import type { Audit } from '#audit/audit.ts';
import type { Config } from '#config/config.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Service } from '#core/service.ts';
import type { Door } from '#gateway/door.ts';
import { openPermit } from '#gateway/permit.ts';
import { kmsService } from '#services/index.ts';
import { openDomainKeys } from '#services/kms/domain-keys.ts';
import { openRepositoryKeys } from '#services/kms/repository-keys/repository-keys.ts';
import type { InnerCalls } from '#services/kms/uses/inner-calls.ts';
import { openKeyUses } from '#services/kms/uses/key-uses.ts';
import { spellCorridorError } from '#wire/corridor-errors.ts';
import { awsJson } from '#wire/json/aws-json.ts';
import { pageTokens as openPageTokens } from '#wire/paging.ts';
import { callInside } from './inner-calls.ts';
import type { Platform, SiteDatabase } from './stores.ts';

export interface SiteRepositoryKeysOptions {
  readonly stores: SiteDatabase;
  readonly policies: PolicySource;
  readonly audit: Audit;
  readonly platform: Platform;
  readonly config: Pick<Config, 'regions' | 'keyCacheMs'>;
  /** Told of every need of a caller that is refused. */
  readonly note: NoteDenial;
}

export function openSiteRepositoryKeys(options: SiteRepositoryKeysOptions): RepositoryKeys {
  const { stores, policies, audit, platform, config, note } = options;
  const cacheMs = config.keyCacheMs;
  const { database, kms, openedDomains: opened, roots } = stores;
  const pageTokens = openPageTokens(stores.secretOf('page-tokens'));
  const rooms = { ...kms.rooms, regions: config.regions, pageTokens };
  // What a caller was refused is explained to them; ECR itself asks nobody why.
  const noteCallers: NoteDenial = (denied) => {
    if (denied.caller.principal.kind !== 'service') note(denied);
  };
  const permit = openPermit(policies, platform.clock, noteCallers);
  const door: Door = {
    service: kmsService(rooms) as Service,
    format: awsJson,
    spell: (kind) => spellCorridorError(kind, 'aws-json-1.1'),
    credential: 'signature',
  };
  // The tables of operations are typed by name: each answers what its name says.
  const call = ((...asked: Parameters<InnerCalls['call']>) =>
    callInside({ door, permit, audit }, ...asked)) as InnerCalls['call'];
  const calls: InnerCalls = { call, require: (caller, needs) => permit.require(caller, needs) };
  const uses = openKeyUses({ ...platform, database, rooms, calls, onChange: kms.onChange });
  const domainKeys = openDomainKeys(roots, platform.random);
  return openRepositoryKeys({ ...platform, database, uses, opened, domainKeys, cacheMs });
}
