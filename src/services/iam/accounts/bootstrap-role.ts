// The role that every account but home is made with, and by which administrators of the home account get into it.

import { limits } from '#core/limits.ts';
import { insertAttachment } from '../attachments/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { findRole, insertRole, type RoleRow } from '../roles/tables.ts';
import { sealTrustPolicy } from '../roles/trust-policy.ts';
import type { IamTables, IamTransaction } from '../tables.ts';
import { administratorPolicy } from './administrator.ts';
import { listAccounts, updateAccount } from './tables.ts';

/** As AWS Organizations calls it. */
export const bootstrapRoleName = 'OrganizationAccountAccessRole';

/** Sealed before any transaction: a new key domain takes one of its own. */
export async function newBootstrapRole(store: IamStore, accountId: string, homeId: string): Promise<RoleRow> {
  const role_id = newUniqueId('AROA', store.random);
  const sealed = await sealTrustPolicy(store, { role_id, account_id: accountId }, trustIn(homeId));
  return {
    role_id,
    account_id: accountId,
    role_name: bootstrapRoleName,
    name_key: bootstrapRoleName.toLowerCase(),
    path: '/',
    description: null,
    max_session_seconds: limits.roleSessionSecondsMin,
    service: null,
    created_at_ms: store.clock.nowMs(),
    trust_policy: sealed,
  };
}

/** Once: an account that has a role of this name already keeps it as it is, and one that it deletes stays away. */
export async function insertBootstrapRole(transaction: IamTransaction, role: RoleRow): Promise<void> {
  const { account_id, role_id } = role;
  await updateAccount(transaction, account_id, { bootstrapped: 1 });
  if ((await findRole(transaction, account_id, role.role_name)) !== undefined) return;
  await insertRole(transaction, role);
  await insertAttachment(transaction, { owner_id: role_id, account_id, policy_arn: administratorPolicy });
}

/** For accounts from before there were such roles. */
export async function bootstrapAccounts(store: IamStore): Promise<void> {
  const [home, ...others] = await listAccounts(store.database.tables<IamTables>());
  for (const { account_id, bootstrapped, removal_began_ms } of others) {
    if (home === undefined || bootstrapped === 1 || removal_began_ms !== null) continue;
    const role = await newBootstrapRole(store, account_id, home.account_id);
    await store.change((transaction) => insertBootstrapRole(transaction, role));
  }
}

function trustIn(homeId: string): string {
  const statement = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${homeId}:root` }, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
