// EvalDecisionDetails: what each type of policy says of a simulated call between two accounts, where both must allow.

import type { PolicyEvaluationDecisionType } from '@aws-sdk/client-iam';
import type { PolicyType } from '#access/decision.ts';
import type { DecisionTree } from '#access/trace/decision-tree.ts';

/** As IAM calls them, in the order in which they are told. */
const names: ReadonlyMap<PolicyType, string> = new Map<PolicyType, string>([
  ['identity-based policy', 'IAM Policy'],
  ['resource-based policy', 'Resource Policy'],
  ['permissions boundary', 'Permissions Boundary Policy'],
]);

interface Call {
  readonly isNamed: boolean;
  readonly isCrossAccount: boolean;
  readonly hasBoundary: boolean;
  /** False when a service control policy forbids the call: then nothing else was looked at. */
  readonly isOrganizationFine: boolean;
}

/** Empty within an account; undefined for all its resources, and where the organisation forbids the call. */
export function decisionDetails({ policies }: DecisionTree, call: Call) {
  if (!call.isOrganizationFine || !(call.isNamed || call.isCrossAccount)) return undefined;
  const details: Record<string, PolicyEvaluationDecisionType> = {};
  for (const [type, name] of call.isCrossAccount ? names : []) {
    if (type === 'permissions boundary' && !call.hasBoundary) continue;
    const effects = policies.filter((policy) => policy.type === type).map(({ effect }) => effect);
    if (effects.includes('denies')) details[name] = 'explicitDeny';
    else details[name] = effects.includes('allows') ? 'allowed' : 'implicitDeny';
  }
  return details;
}
