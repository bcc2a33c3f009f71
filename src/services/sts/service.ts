// The STS door: who am I, and whose key is this.

import type * as Sts from '@aws-sdk/client-sts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { later } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import { constraintChecker } from '#wire/constraints.ts';
import { type OperationsOf, operation } from '#wire/sdk.ts';

export interface StsRooms {
  /** The account that an access key id says it belongs to. */
  readonly accountOfAccessKeyId: (accessKeyId: string) => string | undefined;
}

/** Needs nothing: it works for every authenticated caller, even one who is denied everything (iam.md §7). */
const getCallerIdentity = operation<typeof Sts, 'GetCallerIdentity', StsRooms>({
  kind: 'read',
  needs: () => [],
  handle: (_input, { principal }) => ({
    UserId: principal.principalId,
    Account: principal.accountId,
    Arn: principal.arn,
  }),
});

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html */
const getAccessKeyInfo = operation<typeof Sts, 'GetAccessKeyInfo', StsRooms>({
  kind: 'read',
  needs: () => [need('sts:GetAccessKeyInfo', '*')],
  errors: ['validation-failed'],
  handle(input, _caller, { accountOfAccessKeyId }) {
    const Account = accountOfAccessKeyId(input.AccessKeyId);
    if (Account !== undefined) return { Account };
    throw new DomainError('validation-failed', 'The access key id is not of a form that names an account.', {});
  },
});

const checkAccessKeyInfo = constraintChecker(
  { AccessKeyId: { length: [16, 128], pattern: { matches: /^\w+$/, text: 'Member must satisfy regular expression' } } },
  'validation-error',
);

function checkInput(name: string, input: unknown): void {
  if (name === 'GetAccessKeyInfo') checkAccessKeyInfo(input);
}

const operations = {
  GetCallerIdentity: getCallerIdentity,
  GetAccessKeyInfo: getAccessKeyInfo,
  GetSessionToken: later,
  AssumeRole: later,
  AssumeRoleWithWebIdentity: later,
  GetFederationToken: later,
  DecodeAuthorizationMessage: later,
} satisfies Partial<OperationsOf<typeof Sts, StsRooms>>;

/** The door's description for the gateway. */
export function stsService(rooms: StsRooms): Service<StsRooms> {
  return {
    name: 'sts',
    protocol: 'aws-query',
    signingName: 'sts',
    eventSource: 'sts.amazonaws.com',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    schema: 'sts',
    check: checkInput,
    operations,
    errors: { 'validation-failed': { code: 'ValidationError', status: 400 } },
    rooms,
  };
}
