// ListDeletionCertificates: which keys of the registry were deleted, and whether the proof of it is issued.

import { registryOf } from '#core/caller.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import type { DeletionCertificateLine } from '#core/ports/deletion-certificates.ts';
import { type PageInput, pageOf } from '../paging.ts';
import type { SallyportRooms } from '../rooms.ts';
import { certificateArn } from './certificate-arn.ts';

export interface DeletionCertificateView {
  readonly certificateId: string;
  readonly keyArn: string;
  readonly executedAt: Date;
  /** Left out until it is issued. */
  readonly issuedAt?: Date;
  /** Until then: `storage`, `record`, `list` or `signature`. */
  readonly waitsFor?: string;
}

export interface ListDeletionCertificatesOutput {
  readonly certificates: readonly DeletionCertificateView[];
  readonly nextToken?: string;
}

/** The oldest first. */
export const listDeletionCertificates: Operation<PageInput, ListDeletionCertificatesOutput, SallyportRooms> = {
  kind: 'read',
  needs: (_input, caller) => [need('sallyport:ListDeletionCertificates', certificateArn(caller, '*'))],
  errors: ['validation-failed', 'invalid-next-token'],
  async handle(input, caller, { deletionCertificates, pageTokens }) {
    const registry = registryOf(caller);
    const scope = `ListDeletionCertificates ${registry.accountId} ${registry.region}`;
    const { items, nextToken } = await pageOf(pageTokens, scope, input, {
      read: (after, limit) => deletionCertificates.list(registry, after, limit),
      keyOf: ({ certificateId }) => certificateId,
    });
    return { certificates: items.map(certificateView), ...(nextToken === undefined ? {} : { nextToken }) };
  },
};

export function certificateView(line: DeletionCertificateLine): DeletionCertificateView {
  const { certificateId, keyArn, executedAtMs, issuedAtMs, waitsFor } = line;
  return {
    certificateId,
    keyArn,
    executedAt: new Date(executedAtMs),
    ...(issuedAtMs === undefined ? {} : { issuedAt: new Date(issuedAtMs) }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
  };
}
