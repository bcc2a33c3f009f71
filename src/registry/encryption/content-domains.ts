// Where a repository's content is: in its key domain, and while it is moved to another key, partly in the other one.

import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Database } from '#stores/sql/database.ts';
import { leftGuard, type ReencryptionTables } from '../reencryption/tables.ts';
import type { Repository } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import { repositoryOf } from '../repositories/repository-row.ts';
import { findRepositoryById, type RepositoryTables } from '../repositories/tables.ts';

/** By which content of one domain is admitted. */
export type Guard = Pick<Repository, 'keySlot'>;

/** The domain that seals a manifest, of which its row says `named`. */
export function manifestDomain({ keyDomain, moving }: Repository, named: string | null): KeyDomainId {
  return (named as KeyDomainId | null) ?? moving?.unnamedDomain ?? keyDomain;
}

/** The first segment of an object's name. */
export function domainOfObject(blobKey: string): KeyDomainId {
  return blobKey.slice(0, blobKey.indexOf('/')) as KeyDomainId;
}

/**
 * What admits to content of the domain. A request may know the repository as it was before a move began, went the other
 * way or ended: then it is read again. Undefined for a domain that the repository has left for good.
 */
export function guardOf(
  database: Database,
  repository: Repository,
  domain: KeyDomainId,
): MaybePromise<Guard | undefined> {
  const known = knownGuard(repository, domain);
  if (known !== undefined) return known;
  return rereadRepository(database, repository).then(
    (current) => knownGuard(current, domain) ?? leftGuard(database.tables<ReencryptionTables>(), repository.id, domain),
  );
}

/** As it is now. Throws repository-not-found. */
export async function rereadRepository(database: Database, { id, registry, name }: Repository): Promise<Repository> {
  const row = await findRepositoryById(database.tables<RepositoryTables>(), id);
  if (row === undefined) throw repositoryNotFound(registry, name);
  return repositoryOf(row);
}

/** What was looked for has moved on each time: whoever asks again finds it. */
export function contentMoves(): DomainError<'storage-unavailable'> {
  return new DomainError('storage-unavailable', 'The repository is being moved to another key; ask again', {});
}

function knownGuard(repository: Repository, domain: KeyDomainId): Guard | undefined {
  if (domain === repository.keyDomain) return repository;
  return domain === repository.moving?.keyDomain ? repository.moving : undefined;
}
