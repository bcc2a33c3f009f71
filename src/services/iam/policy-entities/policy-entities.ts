// Who has a managed policy: users, groups and roles that it is attached to or that it bounds.

import { managedPolicies } from '#access/managed-policies.ts';
import type { AccountId } from '#core/account.ts';
import type { IamStore } from '../iam-store.ts';
import { findByArn } from '../managed-policies/policy-arn.ts';
import { noSuchPolicy } from '../managed-policies/policy-refusals.ts';
import type { IamTables } from '../tables.ts';
import { type HolderRow, type HoldersQuery, listHolders } from './tables.ts';

export interface PolicyEntities {
  /** In the order of their unique ids: groups, users, roles. Throws no-such-entity. */
  list(query: Omit<HoldersQuery, 'accountId'> & { readonly accountId: AccountId }): Promise<readonly HolderRow[]>;
}

export function openPolicyEntities(store: IamStore): PolicyEntities {
  const tables = store.database.tables<IamTables>();
  return {
    async list(query) {
      const { policyArn, accountId } = query;
      const isThere = managedPolicies.has(policyArn) || (await findByArn(tables, policyArn))?.account_id === accountId;
      if (!isThere) throw noSuchPolicy(policyArn);
      return listHolders(tables, query);
    },
  };
}
