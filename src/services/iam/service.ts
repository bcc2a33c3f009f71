// The IAM door: one table of operations a folder.

import type * as Iam from '@aws-sdk/client-iam';
import type { Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { Service } from '#core/service.ts';
import { mayCallIam } from '#core/session-rules.ts';
import type { OperationNames, OperationsOf } from '#wire/sdk.ts';
import { accessKeyOperations } from './access-keys/access-key-operations.ts';
import { accountSummaryOperations } from './account-summary/account-summary-operations.ts';
import { accountOperations } from './accounts/alias-operations.ts';
import { attachmentOperations } from './attachments/attachment-operations.ts';
import { authorizationDetailsOperations } from './authorization-details/authorization-details-operations.ts';
import { boundaryOperations } from './boundaries/boundary-operations.ts';
import { checkInput } from './constraints.ts';
import { iamErrors } from './errors.ts';
import { groupOperations } from './groups/group-operations.ts';
import { inlinePolicyOperations } from './inline-policies/inline-policy-operations.ts';
import { instanceProfileOperations } from './instance-profiles/instance-profile-operations.ts';
import { loginProfileOperations } from './login-profiles/login-profile-operations.ts';
import { managedPolicyOperations } from './managed-policies/managed-policy-operations.ts';
import { policyVersionOperations } from './managed-policies/version-operations.ts';
import { mfaOperations } from './mfa/mfa-operations.ts';
import { oidcProviderOperations } from './oidc-providers/provider-operations.ts';
import { policyEntityOperations } from './policy-entities/policy-entity-operations.ts';
import { reportOperations } from './reports/report-operations.ts';
import { roleOperations } from './roles/role-operations.ts';
import type { IamRooms } from './rooms.ts';
import { serviceLinkedRoleOperations } from './service-linked-roles/service-linked-role-operations.ts';
import { simulationOperations } from './simulation/simulation-operations.ts';
import { tagOperations } from './tags/tag-operations.ts';
import { userOperations } from './users/user-operations.ts';

const operations = {
  ...accountOperations,
  ...userOperations,
  ...accessKeyOperations,
  ...groupOperations,
  ...roleOperations,
  ...serviceLinkedRoleOperations,
  ...instanceProfileOperations,
  ...boundaryOperations,
  ...tagOperations,
  ...inlinePolicyOperations,
  ...attachmentOperations,
  ...managedPolicyOperations,
  ...policyVersionOperations,
  ...policyEntityOperations,
  ...simulationOperations,
  ...mfaOperations,
  ...loginProfileOperations,
  ...reportOperations,
  ...oidcProviderOperations,
  ...accountSummaryOperations,
  ...authorizationDetailsOperations,
} satisfies Partial<OperationsOf<typeof Iam, IamRooms, OperationNames<typeof Iam>>>;

/** Throws unrecognized-client: IAM tells credentials that can never call it what it tells unknown ones. */
function admit(operation: string, { principal }: Caller): void {
  if (mayCallIam(principal)) return;
  const log = `${operation} by ${principal.arn}, whose session was made without MFA or for a federated user`;
  throw new DomainError('unrecognized-client', 'The security token included in the request is invalid.', {}, { log });
}

/** The door's description for the gateway. */
export function iamService(rooms: IamRooms): Service<IamRooms> {
  return {
    name: 'iam',
    protocol: 'aws-query',
    signingName: 'iam',
    global: true,
    eventSource: 'iam.amazonaws.com',
    version: '2010-05-08',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    schema: 'iam',
    operations,
    check: checkInput,
    admit,
    errors: iamErrors,
    rooms,
  };
}
