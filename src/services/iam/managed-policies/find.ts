// Managed policies by ARN: those that AWS manages come with the product, the others are the account's own.

import { managedPolicies } from '#access/managed-policies.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { findByArn } from './policy-arn.ts';
import { documentOfVersion } from './policy-documents.ts';
import { findVersion } from './tables.ts';

export interface ManagedPolicyRef {
  readonly arn: string;
  readonly name: string;
  /** False for the policies of service-linked roles, which come with those roles only. */
  readonly isAttachable: boolean;
}

const documents = new Map<string, PolicyDocument>();
for (const [arn, { document }] of managedPolicies) documents.set(arn, { name: arn, text: document });

export function isAttachable(path: string): boolean {
  return !path.startsWith('/aws-service-role/');
}

/** The policy, when it is one that an entity of the account may have: AWS's or the account's own. */
export async function findManagedPolicy(
  tables: IamQueries,
  accountId: string,
  policyArn: string,
): Promise<ManagedPolicyRef | undefined> {
  const policy = managedPolicies.get(policyArn);
  if (policy !== undefined) return { arn: policy.arn, name: policy.name, isAttachable: isAttachable(policy.path) };
  const row = await findByArn(tables, policyArn);
  if (row?.account_id !== accountId) return undefined;
  return { arn: policyArn, name: row.policy_name, isAttachable: true };
}

/** What a managed policy says now; undefined when there is none. The identical object while it is unchanged. */
export async function documentOf(store: IamStore, policyArn: string): Promise<PolicyDocument | undefined> {
  const known = documents.get(policyArn);
  if (known !== undefined) return known;
  const tables = store.database.tables<IamTables>();
  const row = await findByArn(tables, policyArn);
  const version = row && (await findVersion(tables, row.policy_id, row.default_version));
  return row && version && documentOfVersion(store, row, version);
}
