// A manifest on its way in and out of its column: sealed in the repository's key domain, bound to its row.

import type { Digest } from '#core/digest.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Repository } from '../registry.ts';

/** Of a repository, what its manifests are bound to. */
type Owner = Pick<Repository, 'id' | 'keyDomain'>;

export async function sealManifest(
  keyRing: KeyRing,
  repository: Owner,
  digest: Digest,
  bytes: Uint8Array,
): Promise<Buffer> {
  return keyRing.seal(repository.keyDomain, contextOf(repository, digest), bytes);
}

/** Exactly the bytes that were pushed. Throws when the row is not what was written. */
export async function openManifest(
  keyRing: KeyRing,
  repository: Owner,
  digest: Digest,
  sealed: Uint8Array,
): Promise<Buffer> {
  return keyRing.open(repository.keyDomain, contextOf(repository, digest), sealed);
}

function contextOf(repository: Owner, digest: Digest): string {
  return `manifest/${repository.id}/${digest}`;
}
