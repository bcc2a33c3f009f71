// Versions of managed policies: create, get, list and delete them, and set which one counts.

import type * as Iam from '@aws-sdk/client-iam';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { pageOfList } from '../paging.ts';
import type { IamRooms } from '../rooms.ts';
import { versionDocumentView, versionView } from './policy-view.ts';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html */
const createPolicyVersion = operation<typeof Iam, 'CreatePolicyVersion', IamRooms>({
  kind: 'write',
  needs: ({ PolicyArn }) => [need('iam:CreatePolicyVersion', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity', 'malformed-policy', 'entity-limit-exceeded', 'access-denied'],
  async handle({ PolicyArn, PolicyDocument: document, SetAsDefault: isDefault = false }, { accountId }, rooms) {
    const version = await rooms.policyVersions.create(accountId, PolicyArn, { document, isDefault });
    return { PolicyVersion: versionView(version) };
  },
});

const getPolicyVersion = operation<typeof Iam, 'GetPolicyVersion', IamRooms>({
  kind: 'read',
  needs: ({ PolicyArn }) => [need('iam:GetPolicyVersion', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ PolicyArn, VersionId }, { accountId }, { policyVersions }) {
    return { PolicyVersion: versionDocumentView(await policyVersions.get(accountId, PolicyArn, VersionId)) };
  },
});

const listPolicyVersions = operation<typeof Iam, 'ListPolicyVersions', IamRooms>({
  kind: 'read',
  needs: ({ PolicyArn }) => [need('iam:ListPolicyVersions', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity'],
  async handle(input, { accountId }, rooms) {
    const { PolicyArn } = input;
    const all = await rooms.policyVersions.list(accountId, PolicyArn);
    const { items, ...page } = pageOfList(rooms, `ListPolicyVersions/${PolicyArn}`, input, { all, keyOf: newestFirst });
    return { Versions: items.map(versionView), ...page };
  },
});

const setDefaultPolicyVersion = operation<typeof Iam, 'SetDefaultPolicyVersion', IamRooms>({
  kind: 'write',
  needs: ({ PolicyArn }) => [need('iam:SetDefaultPolicyVersion', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity', 'access-denied'],
  async handle({ PolicyArn, VersionId }, { accountId }, { policyVersions }) {
    await policyVersions.setDefault(accountId, PolicyArn, VersionId);
    return {};
  },
});

const deletePolicyVersion = operation<typeof Iam, 'DeletePolicyVersion', IamRooms>({
  kind: 'write',
  needs: ({ PolicyArn }) => [need('iam:DeletePolicyVersion', PolicyArn)],
  errors: ['validation-failed', 'no-such-entity', 'delete-conflict', 'access-denied'],
  async handle({ PolicyArn, VersionId }, { accountId }, { policyVersions }) {
    await policyVersions.remove(accountId, PolicyArn, VersionId);
    return {};
  },
});

export const policyVersionOperations = {
  CreatePolicyVersion: createPolicyVersion,
  GetPolicyVersion: getPolicyVersion,
  ListPolicyVersions: listPolicyVersions,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  DeletePolicyVersion: deletePolicyVersion,
};

/** A key of pages that sorts the newest version first. */
function newestFirst({ versionId }: { readonly versionId: string }): string {
  return String(1_000_000_000 - Number(versionId.slice(1)));
}
