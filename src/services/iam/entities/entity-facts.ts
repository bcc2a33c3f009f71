// What stands beside a user, group, role, instance profile or policy when access to it is decided.

import type { AccountId } from '#core/account.ts';
import { iamArn, parseArn } from '#core/arn.ts';
import type { PolicySource, ResourceFacts } from '#core/ports/policy-source.ts';
import { actionsOnBounded } from '../boundaries/needs.ts';
import { findBoundary } from '../boundaries/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { findProfile } from '../instance-profiles/tables.ts';
import { policyArn } from '../managed-policies/policy-arn.ts';
import { findPolicyRow } from '../managed-policies/tables.ts';
import { findDeviceByName } from '../mfa/tables.ts';
import { findRoleById } from '../roles/tables.ts';
import { openTrustPolicy } from '../roles/trust-policy.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { listTags } from '../tags/tables.ts';
import type { EntityKind } from './entity.ts';
import { findEntity } from './find.ts';

type Named = { readonly id: string; readonly arn: string };

/**
 * Callers may write a name without its path and in any case: policies are compared with the ARN of the entity that is
 * meant, path, capitals and all. Its trust policy counts only where a role is assumed, which needs its very ARN.
 */
export function openEntityFacts(store: IamStore): PolicySource['ofResource'] {
  const tables = store.database.tables<IamTables>();
  return async (arn, action) => {
    const { accountId = '', resource = '' } = parseArn(arn) ?? {};
    const [, kind, path, name] =
      /^(user|group|role|instance-profile|policy|mfa)(\/|\/[^*?]*\/)([^/*?]+)$/.exec(resource) ?? [];
    if (kind === undefined || name === undefined) return undefined;
    const found = await findNamed(tables, kind as EntityKind, accountId as AccountId, name);
    const isAssumed = action.startsWith('sts:');
    const isByArn = isAssumed || kind === 'policy' || path !== '/';
    if (found === undefined || (found.arn !== arn && isByArn)) return undefined;
    const tags = Object.fromEntries((await listTags(tables, found.id)).map(({ key, value }) => [key, value]));
    const facts = { accountId, policy: undefined, tags, arn: found.arn };
    if (isAssumed && kind === 'role') return { ...facts, ...(await trustOf(store, tables, found)) };
    const boundary = actionsOnBounded.has(action) ? await findBoundary(tables, found.id) : undefined;
    return boundary === undefined ? facts : { ...facts, context: { 'iam:PermissionsBoundary': boundary } };
  };
}

async function findNamed(
  tables: IamQueries,
  kind: EntityKind | 'instance-profile' | 'policy' | 'mfa',
  accountId: AccountId,
  name: string,
): Promise<Named | undefined> {
  if (kind === 'policy') return findPolicy(tables, accountId, name);
  if (kind === 'mfa') {
    const device = await findDeviceByName(tables, accountId, name);
    return device && { id: device.serial, arn: device.serial };
  }
  if (kind !== 'instance-profile') return findEntity(tables, { kind, accountId, name });
  const row = await findProfile(tables, accountId, name);
  return row && { id: row.profile_id, arn: iamArn(accountId, kind, row.path, row.profile_name) };
}

/** Policies are named by their whole ARN only. */
async function findPolicy(tables: IamQueries, accountId: AccountId, name: string): Promise<Named | undefined> {
  const row = await findPolicyRow(tables, accountId, name);
  return row && { id: row.policy_id, arn: policyArn(row) };
}

async function trustOf(store: IamStore, tables: IamQueries, { id, arn }: Named): Promise<Partial<ResourceFacts>> {
  const row = await findRoleById(tables, id);
  if (row === undefined) return {};
  return { policy: { name: arn, text: await openTrustPolicy(store, row) }, mustAllow: true };
}
