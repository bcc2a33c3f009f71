// What evaluation answers: whether, why, and by which policy.

import type { Found } from './find-statement.ts';

export type PolicyType =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy'
  | 'VPC endpoint policy'
  | 'service control policy'
  | 'resource control policy';

export type DecisionReason = 'allowed' | 'explicit-deny' | 'implicit-deny';

export interface Decision {
  readonly allowed: boolean;
  readonly reason: DecisionReason;
  /** The type of policy that decided, or that would have had to allow. */
  readonly by: PolicyType;
  /** The statement that decided; none for an implicit deny, nor for the root user's own right. */
  readonly statement?: DecidingStatement;
}

export interface DecidingStatement {
  readonly policyName: string;
  readonly sid: string | undefined;
  /** Its place in the policy, from 0. */
  readonly index: number;
}

export function allowed(by: PolicyType, found?: Found): Decision {
  return { allowed: true, reason: 'allowed', by, ...(found && { statement: decidingStatement(found) }) };
}

export function explicitDeny(by: PolicyType, found: Found): Decision {
  return { allowed: false, reason: 'explicit-deny', by, statement: decidingStatement(found) };
}

/** `by` is the type of which no policy allows. */
export function implicitDeny(by: PolicyType): Decision {
  return { allowed: false, reason: 'implicit-deny', by };
}

function decidingStatement({ policy, statement }: Found): DecidingStatement {
  return { policyName: policy.name, sid: statement.source.sid, index: statement.index };
}
