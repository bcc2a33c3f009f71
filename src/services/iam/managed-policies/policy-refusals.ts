// What is refused about managed policies, in IAM's words, and who may change one at all.

import { managedPolicies } from '#access/managed-policies.ts';
import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import type { IamQueries } from '../tables.ts';
import { findByArn } from './policy-arn.ts';
import type { PolicyRow } from './tables.ts';

export function noSuchPolicy(arn: string): DomainError {
  return new DomainError('no-such-entity', `Policy ${arn} was not found.`, {});
}

export function noSuchVersion(arn: string, versionId: string): DomainError {
  const message = `Policy ${arn} version ${versionId} does not exist or is not attachable.`;
  return new DomainError('no-such-entity', message, {});
}

/** A policy of the account. Throws no-such-entity, and access-denied for one that AWS manages: nobody changes those. */
export async function requireOwn(
  tables: IamQueries,
  accountId: AccountId,
  arn: string,
  action: string,
): Promise<PolicyRow> {
  if (managedPolicies.has(arn)) {
    const message = `${action.slice('iam:'.length)} is refused for a policy that AWS manages: ${arn}`;
    throw new DomainError('access-denied', message, { action, resource: arn });
  }
  const row = await findByArn(tables, arn);
  if (row?.account_id !== accountId) throw noSuchPolicy(arn);
  return row;
}
