// Managed policies by ARN: those that AWS manages come with the product.

import { managedPolicies } from '#access/managed-policies.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import type { IamQueries } from '../tables.ts';

export interface ManagedPolicyRef {
  readonly arn: string;
  readonly name: string;
  /** False for the policies of service-linked roles, which come with those roles only. */
  readonly isAttachable: boolean;
}

const documents = new Map<string, PolicyDocument>();
for (const [arn, { document }] of managedPolicies) documents.set(arn, { name: arn, text: document });

/** The policy, when an entity of the account may have it attached or as its boundary. */
export async function findManagedPolicy(
  _tables: IamQueries,
  _accountId: string,
  policyArn: string,
): Promise<ManagedPolicyRef | undefined> {
  const policy = managedPolicies.get(policyArn);
  return policy && { arn: policy.arn, name: policy.name, isAttachable: policy.path === '/' };
}

/** What a managed policy says now; undefined when there is none. The identical object while it is unchanged. */
export async function documentOf(_tables: IamQueries, policyArn: string): Promise<PolicyDocument | undefined> {
  return documents.get(policyArn);
}
