// Conditions: missing keys, several values, set operators and negation are the same for all; families compare values.

import type { ConditionContext } from './context.ts';
import { operators } from './operators.ts';
import type { ParsedCondition } from './policy.ts';
import { compileValueTest } from './value-tests.ts';

export type CompiledCondition = (context: ConditionContext) => boolean;

/** True when the condition holds for the request (iam.md §3). */
export function compileCondition(condition: ParsedCondition, variables: boolean): CompiledCondition {
  const operator = operators.get(condition.operator);
  if (operator === undefined) throw new Error(`no such operator: ${condition.operator}`);
  const key = condition.key.toLowerCase();
  if (operator.family === 'null') return nullCondition(key, condition.values);
  const test = compileValueTest(operator, condition.values, variables);
  const holds = (value: string, context: ConditionContext) => test(value, context) !== operator.negated;
  const { quantifier, ifExists } = condition;
  return (context) => {
    const value = context.get(key);
    const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    if (quantifier === 'ForAllValues') return values.every((one) => holds(one, context));
    if (values.length === 0) return ifExists || (operator.negated && quantifier === undefined);
    if (quantifier === 'ForAnyValue') return values.some((one) => holds(one, context));
    // Without a set operator a key with several values holds when any matches, and a negated one when none does.
    return operator.negated ? values.every((one) => holds(one, context)) : values.some((one) => holds(one, context));
  };
}

function nullCondition(key: string, wanted: readonly string[]): CompiledCondition {
  const absent = wanted.some((text) => text.toLowerCase() === 'true');
  const present = wanted.some((text) => text.toLowerCase() === 'false');
  return (context) => {
    const value = context.get(key);
    const isAbsent = value === undefined || (typeof value !== 'string' && value.length === 0);
    return isAbsent ? absent : present;
  };
}
