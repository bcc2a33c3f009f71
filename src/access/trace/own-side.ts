// What one of two accounts may see of a decision between them: its own side, and nothing of the other's policies.

import type { PolicyType } from '../decision.ts';
import type { DecisionTree } from './decision-tree.ts';

const ofResource: ReadonlySet<PolicyType> = new Set(['resource-based policy', 'resource control policy']);

/** Names, statements and values of the other account's policies are left out; that they decided is not: AWS says so. */
export function ownSide(tree: DecisionTree, side: 'principal' | 'resource'): DecisionTree {
  const isOwn = (type: PolicyType) => ofResource.has(type) === (side === 'resource');
  const { reason, by, decidedBy } = tree;
  return {
    reason,
    by,
    ...(decidedBy !== undefined && isOwn(by) ? { decidedBy } : {}),
    policies: tree.policies.filter(({ type }) => isOwn(type)),
    changes: tree.changes.filter(({ policyType }) => isOwn(policyType)),
  };
}
