// The roles that STS lets others assume, and the policies that can limit a session that STS makes.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { AssumableRole, RoleDirectory } from '#core/ports/role-directory.ts';
import type { IamStore } from '../iam-store.ts';
import { findManagedPolicy } from '../managed-policies/find.ts';
import { roleRef } from '../roles/role-ref.ts';
import { findRole } from '../roles/tables.ts';
import type { IamQueries, IamTables } from '../tables.ts';

export function openRoleDirectory(store: IamStore): RoleDirectory {
  const tables = store.database.tables<IamTables>();
  return {
    findRole: (arn) => findByArn(tables, arn),
    hasPolicy: async (accountId, policyArn) => (await findManagedPolicy(tables, accountId, policyArn)) !== undefined,
  };
}

async function findByArn(tables: IamQueries, arn: string): Promise<AssumableRole | undefined> {
  const { accountId: account = '', resource = '' } = parseArn(arn) ?? {};
  const accountId: AccountId | undefined = parseAccountId(account);
  if (accountId === undefined || !resource.startsWith('role/')) return undefined;
  const row = await findRole(tables, accountId, resource.slice(resource.lastIndexOf('/') + 1));
  // Names are found in any case; an ARN is the role's only when path and capitals are right too.
  if (row === undefined || roleRef(row).arn !== arn) return undefined;
  return { accountId, roleId: row.role_id, arn, name: row.role_name, maxSessionSeconds: row.max_session_seconds };
}
