// What a deletion certificate is called in policies, and which of them a caller can ask for at all.

import { type Caller, registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { DeletionCertificate } from '#core/ports/deletion-certificates.ts';
import type { SallyportRooms } from '../rooms.ts';

export function certificateArn(caller: Caller, certificateId: string): string {
  const { region, accountId } = registryOf(caller);
  return `arn:aws:sallyport:${region}:${accountId}:deletion-certificate/${certificateId}`;
}

/** Throws no-such-entity for those of other registries as for those that are not there. */
export async function requireCertificate(
  { deletionCertificates }: SallyportRooms,
  caller: Caller,
  certificateId: string,
): Promise<DeletionCertificate> {
  const { region, accountId } = registryOf(caller);
  const found = await deletionCertificates.find(certificateId);
  if (found?.accountId === accountId && found.region === region) return found;
  const message = `There is no deletion certificate ${certificateId} in this account and region.`;
  throw new DomainError('no-such-entity', message, {});
}
