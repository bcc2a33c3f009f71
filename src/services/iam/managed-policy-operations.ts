// The policies that AWS manages, read only: GetPolicy, GetPolicyVersion, ListPolicies.

import type * as Iam from '@aws-sdk/client-iam';
import { type ManagedPolicy, managedPolicies } from '#access/managed-policies.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { type IamRooms, pageOfList } from './rooms.ts';
import { percentEncoded } from './user-policy-operations.ts';

/** AWS-managed policies come with the product: their dates are the day AWS published the first of them. */
const publishedAt = new Date('2015-12-21T00:00:00Z');
const versionId = 'v1';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
export const getPolicy = operation<typeof Iam, 'GetPolicy', IamRooms>({
  kind: 'read',
  needs: (input) => [need('iam:GetPolicy', input.PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  handle: (input) => ({ Policy: policyView(requirePolicy(input.PolicyArn)) }),
});

export const getPolicyVersion = operation<typeof Iam, 'GetPolicyVersion', IamRooms>({
  kind: 'read',
  needs: (input) => [need('iam:GetPolicyVersion', input.PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  handle(input) {
    const { document } = requirePolicy(input.PolicyArn);
    if (input.VersionId !== versionId) {
      const message = `Policy ${input.PolicyArn} version ${input.VersionId} does not exist or is not attachable.`;
      throw new DomainError('no-such-entity', message, {});
    }
    const Document = percentEncoded(document);
    return { PolicyVersion: { Document, VersionId: versionId, IsDefaultVersion: true, CreateDate: publishedAt } };
  },
});

export const listPolicies = operation<typeof Iam, 'ListPolicies', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListPolicies', '*')],
  errors: ['validation-failed', 'invalid-next-token'],
  handle(input, _caller, rooms) {
    const all = input.Scope === 'Local' ? [] : [...managedPolicies.values()];
    const wanted = all.filter(({ arn }) => arn.includes(`:policy${input.PathPrefix ?? '/'}`));
    const scope = `ListPolicies/${input.Scope ?? 'All'}/${input.PathPrefix ?? '/'}`;
    const { items, ...page } = pageOfList(rooms, scope, input, wanted);
    return { Policies: items.map(policyView), ...page };
  },
});

function requirePolicy(arn: string): ManagedPolicy {
  const policy = managedPolicies.get(arn);
  if (policy !== undefined) return policy;
  throw new DomainError('no-such-entity', `Policy ${arn} does not exist or is not attachable.`, {});
}

function policyView({ name, arn, description }: ManagedPolicy) {
  return {
    PolicyName: name,
    Arn: arn,
    Path: '/',
    DefaultVersionId: versionId,
    Description: description,
    IsAttachable: true,
    CreateDate: publishedAt,
    UpdateDate: publishedAt,
  };
}
