// Managed policies: create, get, list, delete and tag them.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { needsToCreate } from '../tags/needs.ts';
import { listingTags, type Taggable, tagging, untagging } from '../tags/tag-operations.ts';
import { requireOwn } from './policy-refusals.ts';
import { policyDetailsView, policyView } from './policy-view.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
const createPolicy = operation<typeof Iam, 'CreatePolicy', IamRooms>({
  kind: 'write',
  needs: ({ Path = '/', PolicyName, Tags }, { accountId }) =>
    needsToCreate(['iam:CreatePolicy', 'iam:TagPolicy'], iamArn(accountId, 'policy', Path, PolicyName), Tags),
  errors: ['validation-failed', 'invalid-input', 'entity-already-exists', 'malformed-policy', 'entity-limit-exceeded'],
  async handle(input, { accountId }, { policies }) {
    const { PolicyName: name, PolicyDocument: document, Description: description } = input;
    const { Path: path = '/', Tags: tags = [] } = input;
    const { Description: _, ...shown } = policyDetailsView(
      await policies.create({ accountId, name, path, description, document, tags }),
    );
    return { Policy: shown };
  },
});

const getPolicy = operation<typeof Iam, 'GetPolicy', IamRooms>({
  kind: 'read',
  needs: ({ PolicyArn }) => [need('iam:GetPolicy', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ PolicyArn }, { accountId }, { policies }) {
    return { Policy: policyDetailsView(await policies.get(accountId, PolicyArn)) };
  },
});

const listPolicies = operation<typeof Iam, 'ListPolicies', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListPolicies', '*')],
  errors: ['validation-failed'],
  async handle(input, { accountId }, rooms) {
    const { Scope = 'All', PathPrefix = '/', OnlyAttached = false, PolicyUsageFilter: usage = '' } = input;
    const inPath = (await rooms.policies.list(accountId, Scope)).filter(({ path }) => path.startsWith(PathPrefix));
    const isBoundary = usage === 'PermissionsBoundary';
    const all = inPath.filter(({ attachmentCount, boundaryCount }) => {
      return isBoundary ? boundaryCount > 0 : !OnlyAttached || attachmentCount > 0;
    });
    const scope = `ListPolicies/${accountId}/${Scope}/${PathPrefix}/${OnlyAttached}/${usage}`;
    const { items, ...page } = pageOfList(rooms, scope, input, { all, keyOf: ({ arn }) => arn });
    return { Policies: items.map(policyView), ...page };
  },
});

const deletePolicy = operation<typeof Iam, 'DeletePolicy', IamRooms>({
  kind: 'write',
  needs: ({ PolicyArn }) => [need('iam:DeletePolicy', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict', 'access-denied'],
  async handle({ PolicyArn }, { accountId }, { policies }) {
    await policies.remove(accountId, PolicyArn);
    return {};
  },
});

const taggable = (action: string): Taggable<{ readonly PolicyArn: string }> => ({
  needs:
    (named) =>
    ({ PolicyArn }) => [need(named, PolicyArn)],
  find:
    ({ PolicyArn }, { accountId }) =>
    async (tables) =>
      (await requireOwn(tables, accountId, PolicyArn, action)).policy_id,
});

export const managedPolicyOperations = {
  CreatePolicy: createPolicy,
  GetPolicy: getPolicy,
  ListPolicies: listPolicies,
  DeletePolicy: deletePolicy,
  TagPolicy: operation<typeof Iam, 'TagPolicy', IamRooms>(tagging(taggable('iam:TagPolicy'), 'iam:TagPolicy')),
  UntagPolicy: operation<typeof Iam, 'UntagPolicy', IamRooms>(
    untagging(taggable('iam:UntagPolicy'), 'iam:UntagPolicy'),
  ),
  ListPolicyTags: operation<typeof Iam, 'ListPolicyTags', IamRooms>(
    listingTags(taggable('iam:ListPolicyTags'), 'iam:ListPolicyTags'),
  ),
};
