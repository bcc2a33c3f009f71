// ExplainDenial: why a request was denied, for those who may know it.

import { registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { type DenialView, denialView } from './denials/denial-view.ts';
import type { SallyportRooms } from './rooms.ts';

export interface ExplainDenialInput {
  /** As it stood in the answer's `x-amzn-RequestId` header. */
  readonly requestId: string;
}

export interface ExplainDenialOutput {
  readonly denial: DenialView;
}

/** Of the caller's own account: a denial between two accounts has two sides, and each account has its own. */
export const explainDenial: Operation<ExplainDenialInput, ExplainDenialOutput, SallyportRooms> = {
  kind: 'read',
  needs: ({ requestId }, caller) => {
    const { region, accountId } = registryOf(caller);
    return [need('sallyport:ExplainDenial', `arn:aws:sallyport:${region}:${accountId}:denial/${requestId}`)];
  },
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ requestId }, { accountId }, { denials }) {
    const denial = await denials.find(accountId, requestId.toLowerCase());
    if (denial !== undefined) return { denial: denialView(denial) };
    const message = `No denial of request ${requestId} is known in this account: it was allowed, or that is long ago.`;
    throw new DomainError('no-such-entity', message, {});
  },
};
