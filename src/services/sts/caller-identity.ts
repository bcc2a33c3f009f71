// Who am I, and whose key is this: GetCallerIdentity, GetAccessKeyInfo.

import type * as Sts from '@aws-sdk/client-sts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { StsRooms } from './rooms.ts';

/** Needs nothing: it works for every authenticated caller, even one who is denied everything (iam.md §7). */
export const getCallerIdentity = operation<typeof Sts, 'GetCallerIdentity', StsRooms>({
  kind: 'read',
  needs: () => [],
  handle: (_input, { principal }) => ({
    UserId: principal.principalId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html */
export const getAccessKeyInfo = operation<typeof Sts, 'GetAccessKeyInfo', StsRooms>({
  kind: 'read',
  needs: () => [need('sts:GetAccessKeyInfo', '*')],
  errors: ['validation-failed'],
  handle(input, _caller, { accountOfAccessKeyId }) {
    const Account = accountOfAccessKeyId(input.AccessKeyId);
    if (Account !== undefined) return { Account };
    throw new DomainError('validation-failed', 'The access key id is not of a form that names an account.', {});
  },
});
