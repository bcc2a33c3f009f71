// The roles that STS can make sessions of, and the policies that can limit them.

import { parseArn } from '#core/arn.ts';
import type { RoleDirectory } from '#core/ports/role-directory.ts';
import type { IamStore } from '../iam-store.ts';
import { findManagedPolicy } from '../managed-policies/find.ts';
import { roleRef } from '../roles/role-ref.ts';
import { findRole } from '../roles/tables.ts';
import type { IamTables } from '../tables.ts';

export function openRoleDirectory(store: IamStore): RoleDirectory {
  const tables = store.database.tables<IamTables>();
  return {
    async findRole(arn) {
      const { accountId = '', resource = '' } = parseArn(arn) ?? {};
      const row = await findRole(tables, accountId, resource.slice(resource.lastIndexOf('/') + 1));
      if (row === undefined) return undefined;
      const role = roleRef(row);
      // Names are found in any case; an ARN is the role's only when path and capitals are right too.
      if (role.arn !== arn) return undefined;
      return {
        accountId: role.accountId,
        roleId: role.id,
        arn,
        name: role.name,
        maxSessionSeconds: row.max_session_seconds,
      };
    },
    hasPolicy: async (accountId, policyArn) =>
      (await findManagedPolicy(tables, accountId, policyArn))?.isAttachable === true,
  };
}
