// What every request asks first, kept in memory: a repository by name, and the facts of its ARN for access.

import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import { parseArn, repositoryArn } from '#core/arn.ts';
import { isKind } from '#core/errors.ts';
import { isRepositoryName } from '#core/names.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { ResourceFacts } from '#core/ports/policy-source.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { Repository } from '../registry.ts';
import { repositoryNotFound } from './refusals.ts';
import { repositoryOf } from './repository-row.ts';
import { openPolicy } from './sealed-policy.ts';
import { findRepository, findResourceTags, type RepositoryTables } from './tables.ts';

export interface RepositoryCaches {
  /** Throws repository-not-found. */
  repositoryOf(registry: RegistryRef, name: string): MaybePromise<Repository>;
  /** Undefined when the ARN names no repository that exists. */
  factsOf(arn: string): MaybePromise<ResourceFacts | undefined>;
  forget(registry: RegistryRef, name: string): void;
}

const entriesMax = 20_000;
/** Policy texts are at most 10 kB each; together they stay under this. */
const policyCharsMax = 32 * 1024 * 1024;

export function openRepositoryCaches(database: Database, keyRing: KeyRing): RepositoryCaches {
  const repositories = new GuardedCache<Repository>(database, { entriesMax, follows: 'all but content' });
  const facts = new GuardedCache<ResourceFacts>(database, {
    entriesMax,
    follows: 'all but content',
    size: { sumMax: policyCharsMax, sizeOf },
  });
  const tables = database.tables<RepositoryTables>();
  return {
    repositoryOf(registry, name) {
      return repositories.read(repositoryArn(registry, name), async () => {
        const row = await findRepository(tables, registry, name);
        if (row === undefined) throw repositoryNotFound(registry, name);
        return repositoryOf(row);
      });
    },
    factsOf(arn) {
      return facts.get(arn) ?? loadFacts(arn);
    },
    forget(registry, name) {
      const arn = repositoryArn(registry, name);
      repositories.forget(arn);
      facts.forget(arn);
    },
  };

  async function loadFacts(arn: string): Promise<ResourceFacts | undefined> {
    const named = parseRepositoryArn(arn);
    if (named === undefined) return undefined;
    try {
      return await facts.read(arn, () => readFacts(named.registry, named.name, arn));
    } catch (error) {
      if (isKind(error, 'repository-not-found')) return undefined;
      throw error;
    }
  }

  async function readFacts(registry: RegistryRef, name: string, arn: string): Promise<ResourceFacts> {
    const row = await findRepository(tables, registry, name);
    if (row === undefined) throw repositoryNotFound(registry, name);
    const text = await openPolicy(keyRing, row);
    const tags = await findResourceTags(tables, row.repository_id);
    return {
      accountId: registry.accountId,
      policy: text === undefined ? undefined : { name: arn, text },
      tags: Object.fromEntries(tags.map((tag) => [tag.key, tag.value])),
    };
  }
}

function sizeOf(facts: ResourceFacts): number {
  return 500 + (facts.policy?.text.length ?? 0);
}

/** Only the very spelling that `repositoryArn` gives: any other is no repository of ours. */
function parseRepositoryArn(text: string): { readonly registry: RegistryRef; readonly name: string } | undefined {
  const arn = parseArn(text);
  const accountId = parseAccountId(arn?.accountId ?? '');
  const region = parseRegion(arn?.region ?? '');
  if (arn === undefined || accountId === undefined || region === undefined) return undefined;
  const name = arn.resource.slice('repository/'.length);
  if (!isRepositoryName(name) || repositoryArn({ accountId, region }, name) !== text) return undefined;
  return { registry: { accountId, region }, name };
}
