// Makes a repository: everything about it is checked before anything is written.

import type { RegistryRef } from '#core/account.ts';
import { repositoryArn } from '#core/arn.ts';
import type { Clock } from '#core/clock.ts';
import { invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { isRepositoryName } from '#core/names.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { KeySlot, RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { Encryption, NewRepository, Repository, TagMutability } from '../registry.ts';
import { repositoryAlreadyExists, repositoryNameInvalid, tooManyRepositories } from './refusals.ts';
import type { RepositoryCaches } from './repository-caches.ts';
import { mutabilityColumns, repositoryOf } from './repository-row.ts';
import { checkResourceTags } from './resource-tags.ts';
import {
  countRepositories,
  findRepository,
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
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
}

type EncryptionColumns = Pick<RepositoryRow, 'encryption_type' | 'kms_key' | 'key_domain' | 'key_slot'>;

const mutable: TagMutability = { mode: 'MUTABLE', exclusionFilters: [] };
const ownKey: Encryption = { type: 'AES256' };

/** See `Repositories.create`. */
export async function createRepository(
  options: CreateOptions,
  caches: RepositoryCaches,
  registry: RegistryRef,
  repository: NewRepository,
): Promise<Repository> {
  const { name, tags = [], encryption: { type, kmsKey } = ownKey } = repository;
  if (!isRepositoryName(name)) throw repositoryNameInvalid();
  checkTagMutability(repository.tagMutability ?? mutable);
  checkResourceTags(tags);
  if (type !== 'AES256') return createUnderKey(options, caches, registry, repository, { type, kmsKey });
  if (kmsKey !== undefined) {
    throw invalidParameter('encryptionConfiguration', 'kmsKey must be null when encryptionType is AES256');
  }
  const keyDomain = await options.keyRing.domainOf(registry);
  const columns = { encryption_type: type, kms_key: null, key_domain: keyDomain, key_slot: null };
  return insert(options, caches, registry, repository, columns);
}

/** The key is taken first and given back when the repository cannot be made after all. */
async function createUnderKey(
  { repositoryKeys: keys, ...options }: CreateOptions,
  caches: RepositoryCaches,
  registry: RegistryRef,
  repository: NewRepository,
  { type, kmsKey }: { readonly type: 'KMS' | 'KMS_DSSE'; readonly kmsKey: string | undefined },
): Promise<Repository> {
  const { name, caller } = repository;
  const tables = options.database.tables<RepositoryTables>();
  if ((await findRepository(tables, registry, name)) !== undefined) throw repositoryAlreadyExists(registry, name);
  const owner = { registry, arn: repositoryArn(registry, name) };
  const slot = await keys.assign(owner, { type, ...(kmsKey === undefined ? {} : { kmsKey }) }, caller);
  try {
    return await insert(options, caches, registry, repository, keyColumns(type, slot));
  } catch (error) {
    await keys.release(slot.slotId, undefined);
    throw error;
  }
}

function keyColumns(encryption_type: string, { kmsKey, keyDomain, slotId }: KeySlot): EncryptionColumns {
  return { encryption_type, kms_key: kmsKey, key_domain: keyDomain, key_slot: slotId };
}

function insert(
  { database, clock }: Pick<CreateOptions, 'database' | 'clock'>,
  caches: RepositoryCaches,
  registry: RegistryRef,
  repository: NewRepository,
  encryption: EncryptionColumns,
): Promise<Repository> {
  const { name, tags = [] } = repository;
  return changing<RepositoryTables, Repository>(
    database,
    async (transaction) => {
      const id = await nextRepositoryId(transaction);
      const row = { ...newRow(id, registry, repository, clock.nowMs()), ...encryption };
      if (!(await insertRepository(transaction, row))) throw repositoryAlreadyExists(registry, name);
      if ((await countRepositories(transaction, registry)) > limits.repositoriesMax)
        throw tooManyRepositories(registry);
      await upsertResourceTags(transaction, id, tags);
      return repositoryOf(row);
    },
    () => caches.forget(registry, name),
  );
}

function newRow(
  id: number,
  registry: RegistryRef,
  repository: NewRepository,
  nowMs: number,
): Omit<RepositoryRow, keyof EncryptionColumns> {
  return {
    repository_id: id,
    account_id: registry.accountId,
    region: registry.region,
    name: repository.name,
    created_at_ms: nowMs,
    ...mutabilityColumns(repository.tagMutability ?? mutable),
    scan_on_push: repository.scanOnPush === true ? 1 : 0,
    image_count: 0,
    other_domain: null,
    other_slot: null,
    unnamed_domain: null,
    policy: null,
  };
}
