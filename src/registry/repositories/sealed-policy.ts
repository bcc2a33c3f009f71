// A repository policy on its way in and out of its column, bound to its row. Sealed with the registry's own key,
// whatever guards the images: who may do what is also known while a customer's key is switched off.

import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Repository } from '../registry.ts';
import { repositoryOf } from './repository-row.ts';
import type { RepositoryRow } from './tables.ts';

export type PolicyOwner = Pick<Repository, 'id' | 'registry'>;

export async function sealPolicy(keyRing: KeyRing, owner: PolicyOwner, text: string): Promise<Buffer> {
  return keyRing.seal(await keyRing.domainOf(owner.registry), contextOf(owner.id), Buffer.from(text, 'utf8'));
}

/** The text as it was set, or undefined when the repository has no policy. */
export async function openPolicy(keyRing: KeyRing, row: RepositoryRow): Promise<string | undefined> {
  if (row.policy === null) return undefined;
  const { id, registry } = repositoryOf(row);
  const text = await keyRing.open(await keyRing.domainOf(registry), contextOf(id), row.policy);
  return text.toString('utf8');
}

function contextOf(repositoryId: number): string {
  return `repository-policy/${repositoryId}`;
}
