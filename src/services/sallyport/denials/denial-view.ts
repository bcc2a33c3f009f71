// A denial as the door answers it.

import type { DecisionTree } from '#access/trace/decision-tree.ts';
import type { ExplainedDenial } from './explained-denial.ts';

export interface DenialView extends Omit<ExplainedDenial, 'deniedAtMs' | 'tree'> {
  readonly deniedAt: Date;
  readonly decision: DecisionTree;
}

export function denialView({ deniedAtMs, tree, ...denial }: ExplainedDenial): DenialView {
  return { ...denial, deniedAt: new Date(deniedAtMs), decision: tree };
}
