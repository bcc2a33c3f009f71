// A repository policy on its way in and out of its column: sealed in the repository's key domain, bound to its row.

import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryRow } from './tables.ts';

export interface PolicyOwner {
  readonly id: number;
  readonly keyDomain: KeyDomainId;
}

export async function sealPolicy(keyRing: KeyRing, owner: PolicyOwner, text: string): Promise<Buffer> {
  return keyRing.seal(owner.keyDomain, contextOf(owner.id), Buffer.from(text, 'utf8'));
}

/** The text as it was set, or undefined when the repository has no policy. */
export async function openPolicy(keyRing: KeyRing, row: RepositoryRow): Promise<string | undefined> {
  if (row.policy === null) return undefined;
  const domain = row.key_domain as KeyDomainId;
  const text = await keyRing.open(domain, contextOf(row.repository_id), row.policy);
  return text.toString('utf8');
}

function contextOf(repositoryId: number): string {
  return `repository-policy/${repositoryId}`;
}
