// Policies of users: inline documents, and attachments. Documents in answers are percent-encoded (iam.md §6).

import type * as Iam from '@aws-sdk/client-iam';
import { operation } from '#wire/sdk.ts';
import { isUnder, percentEncoded } from './managed-policy-operations.ts';
import { type IamRooms, needOnUser, pageOfList } from './rooms.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
export const putUserPolicy = operation<typeof Iam, 'PutUserPolicy', IamRooms>({
  kind: 'write',
  needs: needOnUser('iam:PutUserPolicy'),
  errors: ['validation-failed', 'no-such-entity', 'malformed-policy', 'entity-limit-exceeded'],
  async handle(input, caller, { policies }) {
    await policies.put(caller.accountId, input.UserName, input.PolicyName, input.PolicyDocument);
    return {};
  },
});

export const getUserPolicy = operation<typeof Iam, 'GetUserPolicy', IamRooms>({
  kind: 'read',
  needs: needOnUser('iam:GetUserPolicy'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { policies }) {
    const policy = await policies.get(caller.accountId, input.UserName, input.PolicyName);
    const { userName: UserName, policyName: PolicyName, document } = policy;
    return { UserName, PolicyName, PolicyDocument: percentEncoded(document) };
  },
});

export const listUserPolicies = operation<typeof Iam, 'ListUserPolicies', IamRooms>({
  kind: 'read',
  needs: needOnUser('iam:ListUserPolicies'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const names = await rooms.policies.names(caller.accountId, input.UserName);
    const scope = `ListUserPolicies/${caller.accountId}/${input.UserName}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all: names, keyOf: (name) => name });
    return { PolicyNames: items, ...page };
  },
});

export const deleteUserPolicy = operation<typeof Iam, 'DeleteUserPolicy', IamRooms>({
  kind: 'write',
  needs: needOnUser('iam:DeleteUserPolicy'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { policies }) {
    await policies.remove(caller.accountId, input.UserName, input.PolicyName);
    return {};
  },
});

export const attachUserPolicy = operation<typeof Iam, 'AttachUserPolicy', IamRooms>({
  kind: 'write',
  needs: (input, caller) => needOnUser('iam:AttachUserPolicy')(input, caller).map((one) => withPolicy(one, input)),
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded'],
  async handle(input, caller, { policies }) {
    await policies.attach(caller.accountId, input.UserName, input.PolicyArn);
    return {};
  },
});

export const detachUserPolicy = operation<typeof Iam, 'DetachUserPolicy', IamRooms>({
  kind: 'write',
  needs: (input, caller) => needOnUser('iam:DetachUserPolicy')(input, caller).map((one) => withPolicy(one, input)),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { policies }) {
    await policies.detach(caller.accountId, input.UserName, input.PolicyArn);
    return {};
  },
});

export const listAttachedUserPolicies = operation<typeof Iam, 'ListAttachedUserPolicies', IamRooms>({
  kind: 'read',
  needs: needOnUser('iam:ListAttachedUserPolicies'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, rooms) {
    const attached = await rooms.policies.attached(caller.accountId, input.UserName);
    const all = attached.filter(() => isUnder(input.PathPrefix));
    const scope = `ListAttachedUserPolicies/${caller.accountId}/${input.UserName}/${input.PathPrefix ?? '/'}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ arn }) => arn });
    return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...page };
  },
});

/** `iam:PolicyARN` lets an administrator be allowed to attach certain policies only. */
function withPolicy<Need extends object>(one: Need, { PolicyArn }: { readonly PolicyArn: string }) {
  return { ...one, context: { 'iam:PolicyARN': PolicyArn } };
}
