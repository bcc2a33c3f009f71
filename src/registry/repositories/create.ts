// Makes a repository: everything about it is checked before anything is written.

import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { isRepositoryName } from '#core/names.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { Encryption, NewRepository, Repository, TagMutability } from '../registry.ts';
import { repositoryAlreadyExists, repositoryNameInvalid, tooManyRepositories } from './refusals.ts';
import type { RepositoryCaches } from './repository-caches.ts';
import { mutabilityColumns, repositoryOf } from './repository-row.ts';
import { checkResourceTags } from './resource-tags.ts';
import {
  countRepositories,
  insertRepository,
  nextRepositoryId,
  type RepositoryRow,
  type RepositoryTables,
  upsertResourceTags,
} from './tables.ts';
import { checkTagMutability } from './tag-mutability.ts';

interface CreateOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
}

const mutable: TagMutability = { mode: 'MUTABLE', exclusionFilters: [] };
const ownKey: Encryption = { type: 'AES256' };
/** What ECR takes when a KMS encryption names no key. */
const managedKey = 'alias/aws/ecr';

/** See `Repositories.create`. */
export async function createRepository(
  options: CreateOptions,
  caches: RepositoryCaches,
  registry: RegistryRef,
  repository: NewRepository,
): Promise<Repository> {
  const { database, clock } = options;
  const { name, tags = [] } = repository;
  if (!isRepositoryName(name)) throw repositoryNameInvalid();
  checkTagMutability(repository.tagMutability ?? mutable);
  checkResourceTags(tags);
  const keyDomain = await keyDomainOf(options.keyRing, registry, repository.encryption ?? ownKey);
  return changing<RepositoryTables, Repository>(
    database,
    async (transaction) => {
      const id = await nextRepositoryId(transaction);
      const row = newRow(id, registry, repository, keyDomain, clock.nowMs());
      if (!(await insertRepository(transaction, row))) throw repositoryAlreadyExists(registry, name);
      if ((await countRepositories(transaction, registry)) > limits.repositoriesMax)
        throw tooManyRepositories(registry);
      await upsertResourceTags(transaction, id, tags);
      return repositoryOf(row);
    },
    () => caches.forget(registry, name),
  );
}

async function keyDomainOf(keyRing: KeyRing, registry: RegistryRef, encryption: Encryption): Promise<KeyDomainId> {
  if (encryption.type !== 'AES256') return keyRing.domainOf(registry, encryption.kmsKey ?? managedKey);
  if (encryption.kmsKey === undefined) return keyRing.domainOf(registry);
  throw invalidParameter('encryptionConfiguration', 'kmsKey must be null when encryptionType is AES256');
}

function newRow(
  id: number,
  registry: RegistryRef,
  repository: NewRepository,
  keyDomain: KeyDomainId,
  nowMs: number,
): RepositoryRow {
  const encryption = repository.encryption ?? ownKey;
  return {
    repository_id: id,
    account_id: registry.accountId,
    region: registry.region,
    name: repository.name,
    created_at_ms: nowMs,
    ...mutabilityColumns(repository.tagMutability ?? mutable),
    scan_on_push: repository.scanOnPush === true ? 1 : 0,
    encryption_type: encryption.type,
    kms_key: encryption.kmsKey ?? null,
    key_domain: keyDomain,
    image_count: 0,
    policy: null,
  };
}
