// What is kept of passwords and their policy, opened.

import type { AccountId } from '#core/account.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import type { IamQueries } from '../tables.ts';
import type { PasswordPolicy } from './password-policy.ts';
import { findPolicy } from './tables.ts';

/** The context that binds a sealed hash to its user. */
export function contextOf(userId: string): string {
  return `iam/login-profile/${userId}`;
}

export async function openHash(
  store: IamStore,
  { id, accountId }: { readonly id: string; readonly accountId: AccountId },
  sealed: Uint8Array,
): Promise<string> {
  const domain = await accountDomain(store, accountId);
  const hash = await store.keyRing.open(domain, contextOf(id), sealed);
  const text = hash.toString('latin1');
  hash.fill(0);
  return text;
}

export async function policyOf(tables: IamQueries, accountId: AccountId): Promise<PasswordPolicy | undefined> {
  const row = await findPolicy(tables, accountId);
  // Only `setPolicy` writes it.
  return row && (JSON.parse(row.policy) as PasswordPolicy);
}
