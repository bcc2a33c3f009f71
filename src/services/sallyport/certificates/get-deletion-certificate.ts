// GetDeletionCertificate: the signed proof that a key was destroyed, to be kept and verified elsewhere.

import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { SallyportRooms } from '../rooms.ts';
import { certificateArn, requireCertificate } from './certificate-arn.ts';
import { certificateView, type DeletionCertificateView } from './list-deletion-certificates.ts';

export interface GetDeletionCertificateInput {
  readonly certificateId: string;
}

export interface GetDeletionCertificateOutput extends DeletionCertificateView {
  /** A DSSE envelope, byte for byte what is to be kept; left out until it is issued. */
  readonly certificate?: string;
}

type GetDeletionCertificate = Operation<GetDeletionCertificateInput, GetDeletionCertificateOutput, SallyportRooms>;

export const getDeletionCertificate: GetDeletionCertificate = {
  kind: 'read',
  needs: ({ certificateId }, caller) => [
    need('sallyport:GetDeletionCertificate', certificateArn(caller, certificateId)),
  ],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ certificateId }, caller, rooms) {
    const found = await requireCertificate(rooms, caller, certificateId);
    const { envelope } = found;
    return { ...certificateView(found), ...(envelope === undefined ? {} : { certificate: envelope }) };
  },
};
