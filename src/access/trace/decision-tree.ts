// The decision tree: what a decision looked at, statement by statement, and what would have to change. Plain data.

import type { DecisionReason, PolicyType } from '../decision.ts';
import type { Position } from '../policy.ts';

export interface DecisionTree {
  readonly reason: DecisionReason;
  /** The type of policy that decided, or of which none allows. */
  readonly by: PolicyType;
  /** Which policy and statement decided; none for an implicit deny, nor for root's own right. */
  readonly decidedBy?: { readonly policyName: string; readonly index: number };
  /** In the order in which types are looked at. */
  readonly policies: readonly PolicyTrace[];
  /** All that would have to change for an allow, in order; empty when allowed. */
  readonly changes: readonly Change[];
}

export interface ContextEntry {
  readonly key: string;
  readonly values: readonly string[];
}

export interface PolicyTrace {
  readonly type: PolicyType;
  /** An ARN, or an inline policy's name. */
  readonly name: string;
  /** Of a type with several levels (each must allow), which one, from 0. */
  readonly level: number;
  readonly effect: 'allows' | 'denies' | 'neither';
  readonly statements: readonly StatementTrace[];
  /** Statements that are left out, so that a tree stays bounded. */
  readonly omitted: number;
  /** Condition keys that were read of the request, with what it had; no value where it had none. */
  readonly context: readonly ContextEntry[];
  /** Set when the document is no policy: then it allows nothing. */
  readonly problem?: string;
}

export interface StatementTrace {
  /** Its place in the policy, from 0. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly start: Position;
  readonly end: Position;
  readonly matched: boolean;
  /** What did not match; empty when all did. */
  readonly mismatches: readonly Mismatch[];
}

export interface Mismatch {
  /** `Action`, `NotAction`, `Principal`, `NotPrincipal`, `Resource`, `NotResource` or `Condition`. */
  readonly element: string;
  /** Of a condition, as it is written: `ForAnyValue:StringLike`. */
  readonly operator?: string;
  readonly key?: string;
  /** What the statement says. */
  readonly wanted: readonly string[];
  /** What the request had; empty when it had no value for the key. */
  readonly found: readonly string[];
}

export interface Change {
  readonly kind: 'add-statement' | 'change-statement';
  readonly policyType: PolicyType;
  /** The policy to change; of an added statement, the one that it may go into, where there is one. */
  readonly policyName?: string;
  /** Of the statement to change. */
  readonly index?: number;
  readonly sid?: string;
  /** Whom or what the policy belongs to: an ARN. */
  readonly owner: string;
  /** The smallest statement that allows it, as JSON. */
  readonly statement?: string;
}
