// The STS door: who am I, and temporary credentials.

import type * as Sts from '@aws-sdk/client-sts';
import type { Caller } from '#core/caller.ts';
import type { StsErrorKind } from '#core/errors.ts';
import type { ErrorTable } from '#core/operation.ts';
import type { Service } from '#core/service.ts';
import { mayCallSts } from '#core/session-rules.ts';
import type { OperationsOf } from '#wire/sdk.ts';
import { assumeRole } from './assume-role.ts';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts';
import { getAccessKeyInfo, getCallerIdentity } from './caller-identity.ts';
import { checkInput } from './constraints.ts';
import { decodeAuthorizationMessage } from './decode-authorization-message.ts';
import { getFederationToken } from './federation-token.ts';
import { denied } from './refusals.ts';
import type { StsRooms } from './rooms.ts';
import { getSessionToken } from './session-token.ts';

export type { StsRooms };

const operations = {
  GetCallerIdentity: getCallerIdentity,
  GetAccessKeyInfo: getAccessKeyInfo,
  GetSessionToken: getSessionToken,
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetFederationToken: getFederationToken,
  DecodeAuthorizationMessage: decodeAuthorizationMessage,
} satisfies Partial<OperationsOf<typeof Sts, StsRooms>>;

const errors: ErrorTable<StsErrorKind | 'validation-failed' | 'malformed-policy'> = {
  'validation-failed': { code: 'ValidationError', status: 400 },
  'malformed-policy': { code: 'MalformedPolicyDocument', status: 400 },
  'invalid-authorization-message': { code: 'InvalidAuthorizationMessageException', status: 400 },
  'packed-policy-too-large': { code: 'PackedPolicyTooLarge', status: 400 },
  'identity-token-invalid': { code: 'InvalidIdentityToken', status: 400 },
  'identity-token-expired': { code: 'ExpiredTokenException', status: 400 },
  'identity-provider-unreachable': { code: 'IDPCommunicationError', status: 400 },
};

/** Throws access-denied: no policy can give these to temporary credentials. */
function admit(operation: string, { principal }: Caller): void {
  if (mayCallSts(principal, operation)) return;
  throw denied(`sts:${operation}`, '*', `Cannot call ${operation} with session credentials`);
}

/** The door's description for the gateway. */
export function stsService(rooms: StsRooms): Service<StsRooms> {
  return {
    name: 'sts',
    protocol: 'aws-query',
    signingName: 'sts',
    global: true,
    eventSource: 'sts.amazonaws.com',
    version: '2011-06-15',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    schema: 'sts',
    check: checkInput,
    admit,
    operations,
    errors,
    rooms,
  };
}
