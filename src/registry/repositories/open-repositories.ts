// Repositories of all registries over the SQL database: what the doors ask, and what access asks about their ARNs.

import type { RegistryRef } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import { cutPage } from '#std/cut-page.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import { type ReencryptionTables, type ReencryptionTransaction, retiringSlots } from '../reencryption/tables.ts';
import type { PageRequest, Repositories, Repository, RepositoryRemoval, ResourceTag } from '../registry.ts';
import { createRepository } from './create.ts';
import { repositoryNotEmpty, repositoryNotFound, repositoryPolicyNotFound } from './refusals.ts';
import { openRepositoryCaches, type RepositoryCaches } from './repository-caches.ts';
import { mutabilityColumns, repositoryOf } from './repository-row.ts';
import { checkResourceTags, checkTagCount } from './resource-tags.ts';
import { openPolicy, sealPolicy } from './sealed-policy.ts';
import {
  deleteRepository,
  deleteResourceTags,
  findRepository,
  findResourceTags,
  listRepositories,
  type RepositoryChange,
  type RepositoryRow,
  type RepositoryTables,
  type RepositoryTransaction,
  updateRepository,
  upsertResourceTags,
} from './tables.ts';
import { checkTagMutability } from './tag-mutability.ts';

export interface RepositoriesOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
}

export interface OpenRepositories {
  readonly repositories: Repositories;
  /** Facts of `arn:aws:ecr:…:repository/…`; the identical object while nothing changed. */
  readonly resourceFacts: RepositoryCaches['factsOf'];
  /** For whoever else changes a repository's row: see `changing`. */
  readonly forget: (repository: Repository) => void;
}

export function openRepositories(options: RepositoriesOptions): OpenRepositories {
  const caches = openRepositoryCaches(options.database, options.keyRing);
  return {
    repositories: new SqlRepositories(options, caches),
    resourceFacts: (arn) => caches.factsOf(arn),
    forget: ({ registry, name }) => caches.forget(registry, name),
  };
}

type InTransaction<Result> = (
  transaction: RepositoryTransaction,
  row: RepositoryRow,
  moves: ReencryptionTransaction,
) => Promise<Result>;

class SqlRepositories implements Repositories {
  readonly #options: RepositoriesOptions;
  readonly #caches: RepositoryCaches;

  constructor(options: RepositoriesOptions, caches: RepositoryCaches) {
    this.#options = options;
    this.#caches = caches;
  }

  create(registry: RegistryRef, repository: Parameters<Repositories['create']>[1]): Promise<Repository> {
    return createRepository(this.#options, this.#caches, registry, repository);
  }

  get(registry: RegistryRef, name: string): ReturnType<Repositories['get']> {
    return this.#caches.repositoryOf(registry, name);
  }

  async list(registry: RegistryRef, page: PageRequest): ReturnType<Repositories['list']> {
    const rows = await listRepositories(this.#tables(), registry, page.after ?? '', page.limit + 1);
    return cutPage(rows.map(repositoryOf), page.limit, (repository) => repository.name);
  }

  async remove(registry: RegistryRef, name: string, { force, caller }: RepositoryRemoval): Promise<Repository> {
    const { removed, slots } = await this.#change(registry, name, async (transaction, row, moves) => {
      if (row.image_count > 0 && !force) throw repositoryNotEmpty(registry, name);
      const left = await retiringSlots(moves, row.repository_id);
      await deleteRepository(transaction, row.repository_id);
      return { removed: repositoryOf(row), slots: [row.key_slot, row.other_slot, ...left] };
    });
    for (const slot of slots) if (slot !== null) await this.#options.repositoryKeys.release(slot, caller);
    return removed;
  }

  setTagMutability(
    registry: RegistryRef,
    name: string,
    mutability: Parameters<typeof checkTagMutability>[0],
  ): Promise<Repository> {
    return this.#change(registry, name, async (transaction, row) => {
      checkTagMutability(mutability);
      return repositoryOf(await update(transaction, row, mutabilityColumns(mutability)));
    });
  }

  async policy(registry: RegistryRef, name: string): Promise<string> {
    const row = await this.#row(registry, name);
    const text = await openPolicy(this.#options.keyRing, row);
    if (text === undefined) throw repositoryPolicyNotFound(registry, name);
    return text;
  }

  async setPolicy(registry: RegistryRef, name: string, text: string): Promise<void> {
    const repository = await this.get(registry, name);
    const policy = await sealPolicy(this.#options.keyRing, repository, text);
    await this.#change(registry, name, async (transaction, row) => {
      // Sealed for one row: a namesake made in the meantime is another repository.
      if (row.repository_id !== repository.id) throw repositoryNotFound(registry, name);
      await update(transaction, row, { policy });
    });
  }

  async removePolicy(registry: RegistryRef, name: string): Promise<string> {
    const removed = await this.#change(registry, name, async (transaction, row) => {
      if (row.policy === null) throw repositoryPolicyNotFound(registry, name);
      await update(transaction, row, { policy: null });
      return row;
    });
    const text = await openPolicy(this.#options.keyRing, removed);
    if (text === undefined) throw repositoryPolicyNotFound(registry, name);
    return text;
  }

  async tags(registry: RegistryRef, name: string): Promise<readonly ResourceTag[]> {
    const { id } = await this.get(registry, name);
    return findResourceTags(this.#tables(), id);
  }

  async putTags(registry: RegistryRef, name: string, tags: readonly ResourceTag[]): Promise<void> {
    checkResourceTags(tags);
    await this.#change(registry, name, async (transaction, row) => {
      const known = await findResourceTags(transaction, row.repository_id);
      checkTagCount(new Set([...known, ...tags].map((tag) => tag.key)).size);
      await upsertResourceTags(transaction, row.repository_id, tags);
    });
  }

  async removeTags(registry: RegistryRef, name: string, keys: readonly string[]): Promise<void> {
    await this.#change(registry, name, (transaction, row) => deleteResourceTags(transaction, row.repository_id, keys));
  }

  /** One transaction over the repository's row; its caches are emptied with the commit. */
  #change<Result>(registry: RegistryRef, name: string, work: InTransaction<Result>): Promise<Result> {
    return changing<ReencryptionTables, Result>(
      this.#options.database,
      async (transaction) => {
        const repositories = transaction.$pickTables<keyof RepositoryTables>();
        const row = await findRepository(repositories, registry, name);
        if (row === undefined) throw repositoryNotFound(registry, name);
        return work(repositories, row, transaction);
      },
      () => this.#caches.forget(registry, name),
    );
  }

  async #row(registry: RegistryRef, name: string): Promise<RepositoryRow> {
    const row = await findRepository(this.#tables(), registry, name);
    if (row === undefined) throw repositoryNotFound(registry, name);
    return row;
  }

  #tables() {
    return this.#options.database.tables<RepositoryTables>();
  }
}

async function update(
  transaction: RepositoryTransaction,
  row: RepositoryRow,
  change: RepositoryChange,
): Promise<RepositoryRow> {
  const updated = await updateRepository(transaction, row.repository_id, change);
  if (updated === undefined) throw new Error('a row that was just read is gone within its transaction');
  return updated;
}
