// GetCertificateKey: the public key that certificates of this site are verified with, to be kept where they are.

import { registryOf } from '#core/caller.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { CertificateKey } from '#core/ports/deletion-certificates.ts';
import type { SallyportRooms } from '../rooms.ts';

/** The same for all accounts of the site. */
export const getCertificateKey: Operation<object, CertificateKey, SallyportRooms> = {
  kind: 'read',
  needs: (_input, caller) => {
    const { region, accountId } = registryOf(caller);
    return [need('sallyport:GetCertificateKey', `arn:aws:sallyport:${region}:${accountId}:certificate-key`)];
  },
  handle: (_input, _caller, { certificateKey }) => certificateKey(),
};
