// One user, group, role or managed policy with all that GetAccountAuthorizationDetails tells of it.

import type { AccountId } from '#core/account.ts';
import { groupRef } from '../groups/group-ref.ts';
import type { GroupRow } from '../groups/tables.ts';
import { profileView } from '../instance-profiles/profile-view.ts';
import type { Policy } from '../managed-policies/policies.ts';
import { policyView, versionDocumentView } from '../managed-policies/policy-view.ts';
import { lastUsedView, roleDetailsView } from '../roles/role-view.ts';
import type { IamRooms } from '../rooms.ts';
import { userDetailsView } from '../users/user-view.ts';
import { attachedView, inlineView } from './policy-holder.ts';

export async function userDetail(rooms: IamRooms, accountId: AccountId, name: string) {
  const owner = { kind: 'user', accountId, name } as const;
  return {
    ...userDetailsView(await rooms.users.get(accountId, name)),
    UserPolicyList: await inlineView(rooms, owner),
    GroupList: (await rooms.groups.ofUser(accountId, name)).map(({ group_name }) => group_name),
    AttachedManagedPolicies: await attachedView(rooms, owner),
  };
}

export async function groupDetail(rooms: IamRooms, row: GroupRow) {
  const { id, name, path, arn, accountId } = groupRef(row);
  const owner = { kind: 'group', accountId, name } as const;
  return {
    Path: path,
    GroupName: name,
    GroupId: id,
    Arn: arn,
    CreateDate: new Date(row.created_at_ms),
    GroupPolicyList: await inlineView(rooms, owner),
    AttachedManagedPolicies: await attachedView(rooms, owner),
  };
}

export async function roleDetail(rooms: IamRooms, accountId: AccountId, name: string) {
  const owner = { kind: 'role', accountId, name } as const;
  const found = await rooms.roles.get(accountId, name);
  // What IAM tells of a role elsewhere and not here.
  const { Description: _, MaxSessionDuration: __, ...shown } = roleDetailsView(found);
  const profiles = await rooms.instanceProfiles.ofRole(accountId, name);
  return {
    ...shown,
    InstanceProfileList: await Promise.all(profiles.map((profile) => profileView(rooms, profile))),
    RolePolicyList: await inlineView(rooms, owner),
    AttachedManagedPolicies: await attachedView(rooms, owner),
    ...lastUsedView(await rooms.activity.last(found.row.role_id)),
  };
}

export async function policyDetail(rooms: IamRooms, accountId: AccountId, policy: Policy) {
  const versions = await rooms.policyVersions.documents(accountId, policy.arn);
  return {
    ...policyView(policy),
    ...(policy.description === undefined ? {} : { Description: policy.description }),
    PolicyVersionList: versions.map(versionDocumentView),
  };
}
