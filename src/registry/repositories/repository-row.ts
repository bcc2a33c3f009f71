// Between a row of the table `repository` and the registry's own object.

import { parseAccountId, parseRegion } from '#core/account.ts';
import { repositoryArn } from '#core/arn.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Encryption, Repository, TagMutability, TagMutabilityMode } from '../registry.ts';
import type { RepositoryRow } from './tables.ts';

type MutabilityColumns = Pick<RepositoryRow, 'tag_mutability' | 'exclusion_filters'>;

export function repositoryOf(row: RepositoryRow): Repository {
  const accountId = parseAccountId(row.account_id);
  const region = parseRegion(row.region);
  if (accountId === undefined || region === undefined) throw new Error(`repository ${row.repository_id} has no owner`);
  const registry = { accountId, region };
  return {
    id: row.repository_id,
    registry,
    name: row.name,
    arn: repositoryArn(registry, row.name),
    createdAtMs: row.created_at_ms,
    tagMutability: tagMutabilityOf(row),
    scanOnPush: row.scan_on_push === 1,
    encryption: encryptionOf(row),
    keyDomain: row.key_domain as KeyDomainId,
    keySlot: row.key_slot ?? undefined,
    ...moveOf(row),
  };
}

export function tagMutabilityOf(row: MutabilityColumns): TagMutability {
  return {
    mode: row.tag_mutability as TagMutabilityMode,
    exclusionFilters: JSON.parse(row.exclusion_filters) as readonly string[],
  };
}

export function mutabilityColumns(mutability: TagMutability): MutabilityColumns {
  return { tag_mutability: mutability.mode, exclusion_filters: JSON.stringify(mutability.exclusionFilters) };
}

function moveOf({ other_domain, other_slot, unnamed_domain, key_domain }: RepositoryRow): Pick<Repository, 'moving'> {
  if (other_domain === null) return {};
  const moving = {
    keyDomain: other_domain as KeyDomainId,
    keySlot: other_slot ?? undefined,
    unnamedDomain: (unnamed_domain ?? key_domain) as KeyDomainId,
  };
  return { moving };
}

function encryptionOf(row: RepositoryRow): Encryption {
  const type = row.encryption_type as Encryption['type'];
  return row.kms_key === null ? { type } : { type, kmsKey: row.kms_key };
}
