// What guards a key domain: its id says so in its first character, of which ids of registries' own keys have none.

import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import { domainIdBytes, domainIdOf } from '../domain-keys.ts';

export type GuardedType = 'KMS' | 'KMS_DSSE';

const marks: Readonly<Record<GuardedType, string>> = { KMS: '8', KMS_DSSE: '9' };

export function newGuardedDomain(type: GuardedType, random: Random): KeyDomainId {
  return `${marks[type]}${domainIdOf(random.bytes(domainIdBytes)).slice(1)}` as KeyDomainId;
}

/** Whether the blob of this name is encrypted a second time: the first segment of the name is its domain. */
export function isTwofold(blobKey: string): boolean {
  return blobKey.startsWith(marks.KMS_DSSE);
}

/** Undefined for a registry's own key. */
export function guardOf(domain: KeyDomainId): GuardedType | undefined {
  const mark = domain.charAt(0);
  if (mark === marks.KMS) return 'KMS';
  return mark === marks.KMS_DSSE ? 'KMS_DSSE' : undefined;
}
