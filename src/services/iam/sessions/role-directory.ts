// The policies that can limit a session that STS makes.

import type { RoleDirectory } from '#core/ports/role-directory.ts';
import type { IamStore } from '../iam-store.ts';
import { findManagedPolicy } from '../managed-policies/find.ts';
import type { IamTables } from '../tables.ts';

export function openRoleDirectory(store: IamStore): Pick<RoleDirectory, 'hasPolicy'> {
  const tables = store.database.tables<IamTables>();
  return {
    hasPolicy: async (accountId, policyArn) => (await findManagedPolicy(tables, accountId, policyArn)) !== undefined,
  };
}
