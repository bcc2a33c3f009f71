// ReadDeletionList: the list that a certificate names by its hash, of all that the key had guarded, in parts.

import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { SallyportRooms } from '../rooms.ts';
import { certificateArn, requireCertificate } from './certificate-arn.ts';

export interface ReadDeletionListInput {
  readonly certificateId: string;
  readonly nextToken?: string;
}

export interface ReadDeletionListOutput {
  /** Whole lines, each with its line feed: the parts one after the other are the list. */
  readonly lines: string;
  readonly nextToken?: string;
}

export const readDeletionList: Operation<ReadDeletionListInput, ReadDeletionListOutput, SallyportRooms> = {
  kind: 'read',
  needs: ({ certificateId }, caller) => [need('sallyport:ReadDeletionList', certificateArn(caller, certificateId))],
  errors: ['validation-failed', 'invalid-next-token', 'no-such-entity'],
  async handle({ certificateId, nextToken }, caller, rooms) {
    const { deletionCertificates, pageTokens } = rooms;
    const { issuedAtMs } = await requireCertificate(rooms, caller, certificateId);
    if (issuedAtMs === undefined) {
      const message = `The list of ${certificateId} is being written: its certificate is not issued yet.`;
      throw new DomainError('no-such-entity', message, {});
    }
    const scope = `ReadDeletionList ${certificateId}`;
    const part = nextToken === undefined ? 0 : Number(pageTokens.decode(scope, nextToken));
    const found = await deletionCertificates.listPart(certificateId, part);
    if (found === undefined) throw new Error(`the list of ${certificateId} has no part ${part}`);
    const { lines, isLast } = found;
    return { lines, ...(isLast ? {} : { nextToken: pageTokens.encode(scope, String(part + 1)) }) };
  },
};
