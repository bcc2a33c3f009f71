// ARNs of customer-managed policies: which row one means.

import type { AccountId } from '#core/account.ts';
import { iamArn, parseArn } from '#core/arn.ts';
import type { IamQueries } from '../tables.ts';
import { findPolicyRow, type PolicyRow } from './tables.ts';

export function policyArn({ account_id, path, policy_name }: Pick<PolicyRow, 'account_id' | 'path' | 'policy_name'>) {
  return iamArn(account_id as AccountId, 'policy', path, policy_name);
}

/** The policy of exactly this ARN, whosever it is. Undefined when there is none, and for those that AWS manages. */
export async function findByArn(tables: IamQueries, arn: string): Promise<PolicyRow | undefined> {
  const { service, accountId = '', resource = '' } = parseArn(arn) ?? {};
  if (service !== 'iam' || !resource.startsWith('policy/')) return undefined;
  const row = await findPolicyRow(tables, accountId, resource.slice(resource.lastIndexOf('/') + 1));
  return row !== undefined && policyArn(row) === arn ? row : undefined;
}
