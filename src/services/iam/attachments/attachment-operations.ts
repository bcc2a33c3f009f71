// Attach, detach and list managed policies: written once, made for each kind of owner.

import type * as Iam from '@aws-sdk/client-iam';
import type { Caller } from '#core/caller.ts';
import type { ErrorKind } from '#core/errors.ts';
import type { Need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { EntityKind } from '../entities/entity.ts';
import { changeErrors, type EntityInput, needOn, ownerOf } from '../entities/names.ts';
import { type PageInput, pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';

type AttachInput = EntityInput & { readonly PolicyArn: string };
type ListInput = EntityInput & PageInput & { readonly PathPrefix?: string };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html */
const attaching = (kind: EntityKind, action: string) => ({
  kind: 'write' as const,
  needs: needOnPolicyOf(kind, action),
  errors: changeErrors(kind, 'entity-limit-exceeded', 'policy-not-attachable'),
  async handle(input: AttachInput, caller: Caller, { attachments }: IamRooms) {
    await attachments.attach(ownerOf(kind, input, caller), input.PolicyArn);
    return {};
  },
});

const detaching = (kind: EntityKind, action: string) => ({
  kind: 'write' as const,
  needs: needOnPolicyOf(kind, action),
  errors: changeErrors(kind),
  async handle(input: AttachInput, caller: Caller, { attachments }: IamRooms) {
    await attachments.detach(ownerOf(kind, input, caller), input.PolicyArn);
    return {};
  },
});

const listing = (kind: EntityKind, action: string) => ({
  kind: 'read' as const,
  needs: needOn(kind, action),
  errors: ['validation-failed', 'no-such-entity'] satisfies ErrorKind[],
  async handle(input: ListInput, caller: Caller, rooms: IamRooms) {
    const { PathPrefix: pathPrefix = '/' } = input;
    const owner = ownerOf(kind, input, caller);
    const all = (await rooms.attachments.list(owner)).filter(({ path }) => path.startsWith(pathPrefix));
    const scope = `${action}/${owner.accountId}/${owner.name}/${pathPrefix}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ arn }) => arn });
    return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...page };
  },
});

export const attachmentOperations = {
  AttachUserPolicy: operation<typeof Iam, 'AttachUserPolicy', IamRooms>(attaching('user', 'iam:AttachUserPolicy')),
  DetachUserPolicy: operation<typeof Iam, 'DetachUserPolicy', IamRooms>(detaching('user', 'iam:DetachUserPolicy')),
  ListAttachedUserPolicies: operation<typeof Iam, 'ListAttachedUserPolicies', IamRooms>(
    listing('user', 'iam:ListAttachedUserPolicies'),
  ),
  AttachGroupPolicy: operation<typeof Iam, 'AttachGroupPolicy', IamRooms>(attaching('group', 'iam:AttachGroupPolicy')),
  DetachGroupPolicy: operation<typeof Iam, 'DetachGroupPolicy', IamRooms>(detaching('group', 'iam:DetachGroupPolicy')),
  ListAttachedGroupPolicies: operation<typeof Iam, 'ListAttachedGroupPolicies', IamRooms>(
    listing('group', 'iam:ListAttachedGroupPolicies'),
  ),
  AttachRolePolicy: operation<typeof Iam, 'AttachRolePolicy', IamRooms>(attaching('role', 'iam:AttachRolePolicy')),
  DetachRolePolicy: operation<typeof Iam, 'DetachRolePolicy', IamRooms>(detaching('role', 'iam:DetachRolePolicy')),
  ListAttachedRolePolicies: operation<typeof Iam, 'ListAttachedRolePolicies', IamRooms>(
    listing('role', 'iam:ListAttachedRolePolicies'),
  ),
};

/** `iam:PolicyARN` lets an administrator be allowed to attach certain policies only. */
function needOnPolicyOf(kind: EntityKind, action: string) {
  const needs = needOn(kind, action);
  return (input: AttachInput, caller: Caller): readonly Need[] =>
    needs(input, caller).map((one) => ({ ...one, context: { ...one.context, 'iam:PolicyARN': input.PolicyArn } }));
}
