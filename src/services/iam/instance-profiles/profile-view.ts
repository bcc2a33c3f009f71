// An instance profile as answers show it.

import type { AccountId } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import { roleView } from '../roles/role-view.ts';
import type { IamRooms } from '../rooms.ts';
import type { Profile } from './instance-profiles.ts';

export async function profileView({ roles }: Pick<IamRooms, 'roles'>, { row, roleName }: Profile) {
  const accountId = row.account_id as AccountId;
  return {
    Path: row.path,
    InstanceProfileName: row.profile_name,
    InstanceProfileId: row.profile_id,
    Arn: iamArn(accountId, 'instance-profile', row.path, row.profile_name),
    CreateDate: new Date(row.created_at_ms),
    Roles: roleName === undefined ? [] : [roleView(await roles.get(accountId, roleName))],
  };
}
