// Parts in another domain than the one that the repository is written to: they were sent before a move to it began.

import { whenAdmitted } from '../encryption/admitted.ts';
import { domainOfObject, guardOf } from '../encryption/content-domains.ts';
import type { Part } from '../layers/read-parts.ts';
import { bytesGivenUp } from '../layers/refusals.ts';
import type { Repository } from '../registry.ts';
import { type CompactedPart, compactParts } from './compact-parts.ts';
import type { UploadStore } from './upload-store.ts';
import { newBlobKey } from './write-part.ts';

/** Whether some of the parts cannot be named by a layer of the repository as they are. */
export function hasForeign({ keyDomain }: Repository, parts: readonly Part[]): boolean {
  return parts.some(({ key }) => domainOfObject(key) !== keyDomain);
}

/** Admits to reading them. Throws kms-unavailable, and storage-unavailable where their key is given back already. */
export async function admitForeign(
  { database, repositoryKeys }: Pick<UploadStore, 'database' | 'repositoryKeys'>,
  repository: Repository,
  parts: readonly Part[],
): Promise<void> {
  const domains = new Set(parts.map(({ key }) => domainOfObject(key)));
  domains.delete(repository.keyDomain);
  for (const domain of domains) {
    const guard = await guardOf(database, repository, domain);
    if (guard === undefined) throw bytesGivenUp();
    await whenAdmitted(repositoryKeys, guard, 'read', () => undefined);
  }
}

/** The same bytes as one durable object of the repository's domain. `repository` is as it is now. */
export async function copyForeign(
  store: UploadStore,
  repository: Repository,
  parts: readonly Part[],
): Promise<CompactedPart> {
  await admitForeign(store, repository, parts);
  const blobKey = newBlobKey(repository.keyDomain, store.random);
  return whenAdmitted(store.repositoryKeys, repository, 'write', () => compactParts(store, parts, blobKey));
}
