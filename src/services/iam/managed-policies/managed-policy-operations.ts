// The policies that AWS manages, read only: GetPolicy, GetPolicyVersion, ListPolicies.

import type * as Iam from '@aws-sdk/client-iam';
import { type ManagedPolicy, managedPolicies } from '#access/managed-policies.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { percentEncoded } from '../documents.ts';
import { pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';

/** AWS-managed policies come with the product: their dates are the day AWS published the first of them. */
const publishedAt = new Date('2015-12-21T00:00:00Z');
const versionId = 'v1';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
const getPolicy = operation<typeof Iam, 'GetPolicy', IamRooms>({
  kind: 'read',
  needs: (input) => [need('iam:GetPolicy', input.PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, caller, { attachments }) {
    const policy = requirePolicy(input.PolicyArn);
    return { Policy: policyView(policy, await attachments.counts(caller.accountId)) };
  },
});

const getPolicyVersion = operation<typeof Iam, 'GetPolicyVersion', IamRooms>({
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

const listPolicies = operation<typeof Iam, 'ListPolicies', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListPolicies', '*')],
  errors: ['validation-failed'],
  async handle(input, caller, rooms) {
    const {
      Scope = 'All',
      PathPrefix = '/',
      OnlyAttached = false,
      PolicyUsageFilter: usage = 'PermissionsPolicy',
    } = input;
    const counts = await rooms.attachments.counts(caller.accountId);
    // Nothing is listed as a permissions boundary in this version.
    const isListed = Scope !== 'Local' && usage === 'PermissionsPolicy';
    const served = isListed ? [...managedPolicies.values()].filter(({ path }) => path.startsWith(PathPrefix)) : [];
    const all = served.filter(({ arn }) => !OnlyAttached || counts.has(arn));
    const scope = `ListPolicies/${Scope}/${PathPrefix}/${OnlyAttached}/${usage}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ arn }) => arn });
    return { Policies: items.map((policy) => policyView(policy, counts)), ...page };
  },
});

export const managedPolicyOperations = {
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicies: listPolicies,
};

function requirePolicy(arn: string): ManagedPolicy {
  const policy = managedPolicies.get(arn);
  if (policy !== undefined) return policy;
  throw new DomainError('no-such-entity', `Policy ${arn} does not exist or is not attachable.`, {});
}

function policyView({ name, arn, path, description }: ManagedPolicy, counts: ReadonlyMap<string, number>) {
  return {
    PolicyName: name,
    Arn: arn,
    Path: path,
    DefaultVersionId: versionId,
    AttachmentCount: counts.get(arn) ?? 0,
    PermissionsBoundaryUsageCount: 0,
    Description: description,
    IsAttachable: true,
    CreateDate: publishedAt,
    UpdateDate: publishedAt,
  };
}
