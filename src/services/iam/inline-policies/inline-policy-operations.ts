// Put, get, list and delete inline policies: written once, made for each kind of owner.

import type * as Iam from '@aws-sdk/client-iam';
import type { Caller } from '#core/caller.ts';
import type { ErrorKind } from '#core/errors.ts';
import { operation } from '#wire/sdk.ts';
import { percentEncoded } from '../documents.ts';
import type { EntityKind } from '../entities/entity.ts';
import { changeErrors, type EntityInput, needOn, ownerOf } from '../entities/names.ts';
import { type PageInput, pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';

type PolicyInput = EntityInput & { readonly PolicyName: string };
type PutInput = PolicyInput & { readonly PolicyDocument: string };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html */
const putting = (kind: EntityKind, action: string) => ({
  kind: 'write' as const,
  needs: needOn(kind, action),
  errors: changeErrors(kind, 'malformed-policy', 'entity-limit-exceeded'),
  async handle(input: PutInput, caller: Caller, { inlinePolicies }: IamRooms) {
    await inlinePolicies.put(ownerOf(kind, input, caller), input.PolicyName, input.PolicyDocument);
    return {};
  },
});

/** Documents in answers are percent-encoded (iam.md §6). */
const getting = <Named>(kind: EntityKind, action: string, named: (name: string) => Named) => ({
  kind: 'read' as const,
  needs: needOn(kind, action),
  errors: ['validation-failed', 'no-such-entity'] satisfies ErrorKind[],
  async handle(input: PolicyInput, caller: Caller, { inlinePolicies }: IamRooms) {
    const { owner, policyName, document } = await inlinePolicies.get(ownerOf(kind, input, caller), input.PolicyName);
    return { ...named(owner.name), PolicyName: policyName, PolicyDocument: percentEncoded(document) };
  },
});

const listing = (kind: EntityKind, action: string) => ({
  kind: 'read' as const,
  needs: needOn(kind, action),
  errors: ['validation-failed', 'no-such-entity'] satisfies ErrorKind[],
  async handle(input: EntityInput & PageInput, caller: Caller, rooms: IamRooms) {
    const owner = ownerOf(kind, input, caller);
    const names = await rooms.inlinePolicies.names(owner);
    const scope = `${action}/${owner.accountId}/${owner.name}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all: names, keyOf: (name) => name });
    return { PolicyNames: items, ...page };
  },
});

const deleting = (kind: EntityKind, action: string) => ({
  kind: 'write' as const,
  needs: needOn(kind, action),
  errors: changeErrors(kind),
  async handle(input: PolicyInput, caller: Caller, { inlinePolicies }: IamRooms) {
    await inlinePolicies.remove(ownerOf(kind, input, caller), input.PolicyName);
    return {};
  },
});

export const inlinePolicyOperations = {
  PutUserPolicy: operation<typeof Iam, 'PutUserPolicy', IamRooms>(putting('user', 'iam:PutUserPolicy')),
  GetUserPolicy: operation<typeof Iam, 'GetUserPolicy', IamRooms>(
    getting('user', 'iam:GetUserPolicy', (UserName) => ({ UserName })),
  ),
  ListUserPolicies: operation<typeof Iam, 'ListUserPolicies', IamRooms>(listing('user', 'iam:ListUserPolicies')),
  DeleteUserPolicy: operation<typeof Iam, 'DeleteUserPolicy', IamRooms>(deleting('user', 'iam:DeleteUserPolicy')),
  PutGroupPolicy: operation<typeof Iam, 'PutGroupPolicy', IamRooms>(putting('group', 'iam:PutGroupPolicy')),
  GetGroupPolicy: operation<typeof Iam, 'GetGroupPolicy', IamRooms>(
    getting('group', 'iam:GetGroupPolicy', (GroupName) => ({ GroupName })),
  ),
  ListGroupPolicies: operation<typeof Iam, 'ListGroupPolicies', IamRooms>(listing('group', 'iam:ListGroupPolicies')),
  DeleteGroupPolicy: operation<typeof Iam, 'DeleteGroupPolicy', IamRooms>(deleting('group', 'iam:DeleteGroupPolicy')),
  PutRolePolicy: operation<typeof Iam, 'PutRolePolicy', IamRooms>(putting('role', 'iam:PutRolePolicy')),
  GetRolePolicy: operation<typeof Iam, 'GetRolePolicy', IamRooms>(
    getting('role', 'iam:GetRolePolicy', (RoleName) => ({ RoleName })),
  ),
  ListRolePolicies: operation<typeof Iam, 'ListRolePolicies', IamRooms>(listing('role', 'iam:ListRolePolicies')),
  DeleteRolePolicy: operation<typeof Iam, 'DeleteRolePolicy', IamRooms>(deleting('role', 'iam:DeleteRolePolicy')),
};
