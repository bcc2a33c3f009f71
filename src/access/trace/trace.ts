// Traces a decision: every policy that applies, every statement with what did not match, and what would allow it.
// For explanations only. The decision itself is evaluation's, and this asks it.

import { type AccessRequest, evaluate } from '../evaluate.ts';
import type { AppliedDocuments } from '../inputs.ts';
import { namePrincipal } from '../principals.ts';
import { changesToAllow } from './changes.ts';
import type { DecisionTree, PolicyTrace } from './decision-tree.ts';
import { type Applied, type AppliedSet, appliedSet, policySetOf } from './document-set.ts';
import { recordingContext } from './recording-context.ts';
import { type TracedSubject, traceStatement } from './trace-statement.ts';

/** Statements in one tree. */
const statementsMax = 50;

/** Pure, and never throws: a document that is no policy is shown as that. */
export function traceDecision(request: AccessRequest, documents: AppliedDocuments): DecisionTree {
  const applied = appliedSet(documents);
  return { ...traceApplied(request, applied), changes: changesToAllow(request, applied) };
}

/** The same without what would have to change, for documents that were parsed before. */
export function traceApplied(request: AccessRequest, applied: AppliedSet): DecisionTree {
  const { reason, by, statement } = evaluate(request, policySetOf(applied));
  const subject: TracedSubject = {
    action: request.action,
    lowerCaseAction: request.action.toLowerCase(),
    resource: request.resource,
    principal: namePrincipal(request.principal),
    context: request.context,
  };
  let left = statementsMax;
  const policies = applied.policies.map((one): PolicyTrace => {
    const trace = tracePolicy(one, subject, left);
    left = Math.max(0, left - trace.statements.length);
    return trace;
  });
  return {
    reason,
    by,
    ...(statement && { decidedBy: { policyName: statement.policyName, index: statement.index } }),
    policies,
    changes: [],
  };
}

function tracePolicy(applied: Applied, subject: TracedSubject, statementsLeft: number): PolicyTrace {
  const { type, name, level, parsed, compiled, problem } = applied;
  const byIndex = new Map([...compiled.allows, ...compiled.denies].map((one) => [one.index, one]));
  const variables = parsed?.version === '2012-10-17';
  const { context, entries } = recordingContext(subject.context, parsed);
  const recorded = { ...subject, context };
  const traces = (parsed?.statements ?? []).flatMap((statement, index) => {
    const program = byIndex.get(index);
    return program === undefined ? [] : [traceStatement({ parsed: statement, compiled: program, variables }, recorded)];
  });
  const matched = traces.filter((one) => one.matched);
  const effect = matched.some((one) => one.effect === 'Deny') ? 'denies' : matched.length > 0 ? 'allows' : 'neither';
  // Those that came closest are the ones that help.
  const kept = Math.max(statementsLeft, matched.length);
  const nearest = traces.toSorted((left, right) => distance(left) - distance(right)).slice(0, kept);
  const statements = nearest.toSorted((left, right) => left.index - right.index);
  const omitted = traces.length - statements.length;
  const shown = { type, name, level, effect, statements, omitted, context: entries() } as const;
  return problem === undefined ? shown : { ...shown, problem };
}

function distance({ mismatches }: PolicyTrace['statements'][number]): number {
  return mismatches.some(({ element }) => element.endsWith('Action')) ? 100 : mismatches.length;
}
