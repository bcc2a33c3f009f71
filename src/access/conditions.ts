// Conditions: missing keys, several values, set operators and negation are the same for all; families compare values.

import type { ConditionContext } from './context.ts';
import { operatorOf, takesVariables } from './operators.ts';
import type { ParsedCondition } from './policy.ts';
import { compileValueTest, type ValueTest } from './value-tests.ts';

/** True when the condition holds for the request (iam.md §3). */
export type CompiledCondition = (context: ConditionContext) => boolean;

type Effect = 'Allow' | 'Deny';

/** `variables` says whether the document's version knows policy variables. */
export function compileCondition(condition: ParsedCondition, effect: Effect, variables: boolean): CompiledCondition {
  const { quantifier, ifExists, values: wanted } = condition;
  const operator = operatorOf(condition);
  const key = condition.key.toLowerCase();
  if (operator.family === 'null') return nullCondition(key, wanted);
  const tests = wanted.map((text) => compileValueTest(operator, text, variables && takesVariables(operator)));
  const holds = operator.negated ? noneMatches(tests) : anyMatches(tests);
  const whenMissing = ifExists || quantifier === 'ForAllValues' || (operator.negated && quantifier === undefined);
  const every = quantifier === undefined ? effect === 'Allow' : quantifier === 'ForAllValues';
  return (context) => {
    const value = context.get(key);
    if (typeof value === 'string') return holds(value, context);
    if (value === undefined || value.length === 0) return whenMissing;
    // Without a set operator several values are decided against the caller: all must fit to allow, one to deny.
    return every ? value.every((one) => holds(one, context)) : value.some((one) => holds(one, context));
  };
}

type Holds = (value: string, context: ConditionContext) => boolean;

function anyMatches(tests: readonly ValueTest[]): Holds {
  return (value, context) => tests.some((test) => test(value, context) === true);
}

/** A variable without a value is neither a match nor none: then the statement must not match. */
function noneMatches(tests: readonly ValueTest[]): Holds {
  return (value, context) => tests.every((test) => test(value, context) === false);
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
