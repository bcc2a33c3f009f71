// Why one statement matches a request or does not: each element, with what it wants and what the request has.

import type { CompiledStatement } from '../compile.ts';
import type { ConditionContext } from '../context.ts';
import type { Subject } from '../find-statement.ts';
import type { Listed, ParsedCondition, ParsedStatement } from '../policy.ts';
import { hasVariable, resolveText, templateOf } from '../variables.ts';
import type { Mismatch, StatementTrace } from './decision-tree.ts';

/** A tree names this many values of a list; the policy itself has the rest. */
const valuesMax = 20;

export interface TracedStatement {
  readonly parsed: ParsedStatement;
  readonly compiled: CompiledStatement;
  /** Whether the document's version knows policy variables. */
  readonly variables: boolean;
}

/** A request as statements are compared with it, and its action as it was spelt. */
export interface TracedSubject extends Subject {
  readonly action: string;
}

export function traceStatement(traced: TracedStatement, subject: TracedSubject): StatementTrace {
  const { sid, effect, start, end } = traced.parsed;
  const mismatches = mismatchesOf(traced, subject);
  return {
    index: traced.compiled.index,
    ...(sid ? { sid } : {}),
    effect,
    start,
    end,
    matched: mismatches.length === 0,
    mismatches,
  };
}

function mismatchesOf(traced: TracedStatement, subject: TracedSubject): readonly Mismatch[] {
  const { parsed, compiled, variables } = traced;
  const { action, lowerCaseAction, resource, principal, context } = subject;
  // A statement about other actions is about something else: what more it says would only be in the way.
  if (!compiled.matchesAction(lowerCaseAction)) return [listed('Action', parsed.actions, [action])];
  const mismatches: Mismatch[] = [];
  if (compiled.matchesPrincipal(principal) === undefined) mismatches.push(principalMismatch(parsed, subject));
  if (!compiled.matchesResource(resource, context)) {
    mismatches.push(listed('Resource', parsed.resources ?? { not: false, patterns: [] }, [resource]));
  }
  for (const [index, condition] of parsed.conditions.entries()) {
    if (compiled.conditions[index]?.(context) === false) {
      mismatches.push(conditionMismatch(condition, context, variables));
    }
  }
  return mismatches;
}

function listed(element: 'Action' | 'Resource', { not, patterns }: Listed, found: readonly string[]): Mismatch {
  return { element: `${not ? 'Not' : ''}${element}`, wanted: patterns.slice(0, valuesMax), found };
}

function principalMismatch({ principals }: ParsedStatement, { principal }: Subject): Mismatch {
  const { not = false, list = [] } = principals ?? {};
  const wanted = list.slice(0, valuesMax).map(({ type, value }) => `${type}:${value}`);
  return { element: not ? 'NotPrincipal' : 'Principal', wanted, found: [principal.principal.arn] };
}

function conditionMismatch(condition: ParsedCondition, context: ConditionContext, variables: boolean): Mismatch {
  const { quantifier, operator, ifExists, key, values } = condition;
  const found = context.get(key.toLowerCase()) ?? [];
  const shown = (text: string) => {
    if (!variables || !hasVariable(text)) return text;
    const resolved = resolveText(templateOf(text), context);
    return resolved === undefined ? `${text} (no value)` : `${text} = ${resolved}`;
  };
  return {
    element: 'Condition',
    operator: `${quantifier === undefined ? '' : `${quantifier}:`}${operator}${ifExists ? 'IfExists' : ''}`,
    key,
    wanted: values.slice(0, valuesMax).map(shown),
    found: typeof found === 'string' ? [found] : found.slice(0, valuesMax),
  };
}
