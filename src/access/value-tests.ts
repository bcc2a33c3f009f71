// How each family of operators compares one value of the request with one value in the policy.

import { isInRange, parseAddress, parseRange } from '#std/ip-addresses.ts';
import { compileArnTest } from './arn-test.ts';
import type { ConditionContext } from './context.ts';
import { parseInstant } from './instants.ts';
import { compilePattern, matches, patternOf } from './match.ts';
import { parseNumber } from './numbers.ts';
import type { Operator } from './operators.ts';
import { hasVariable, resolveCodes, resolveText, templateOf } from './variables.ts';

/**
 * True when the request's value matches the policy's; undefined when the policy's holds a variable without a value.
 * Never throws: what cannot be read does not match.
 */
export type ValueTest = (value: string, context: ConditionContext) => boolean | undefined;

/** `variables` says whether the document's version knows them. Null has no test: it only asks for presence. */
export function compileValueTest(operator: Operator, wanted: string, variables: boolean): ValueTest {
  const open = variables && hasVariable(wanted);
  switch (operator.family) {
    case 'string':
      return textTest(wanted, operator.ignoreCase === true, open);
    case 'bool':
      return textTest(wanted, true, open);
    case 'like':
      return likeTest(wanted, open);
    case 'arn':
      return compileArnTest(wanted, open);
    case 'numeric':
      return orderTest(operator, wanted, parseNumber);
    case 'date':
      return orderTest(operator, wanted, parseInstant);
    case 'binary':
      return (value) => value === wanted;
    case 'ip':
      return rangeTest(wanted);
    case 'null':
      return () => false;
  }
}

function textTest(wanted: string, ignoreCase: boolean, open: boolean): ValueTest {
  const fold = ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text;
  if (!open) {
    const folded = fold(wanted);
    return (value) => fold(value) === folded;
  }
  const template = templateOf(wanted);
  return (value, context) => {
    // Folding case makes a text at most twice as long.
    const text = resolveText(template, context, 2 * value.length);
    return text === undefined ? undefined : fold(text) === fold(value);
  };
}

function likeTest(wanted: string, open: boolean): ValueTest {
  if (!open) {
    const pattern = compilePattern(wanted);
    return (value) => matches(pattern, value);
  }
  const template = templateOf(wanted);
  return (value, context) => {
    const codes = resolveCodes(template, context, value.length);
    return codes === undefined ? undefined : matches(patternOf(codes), value);
  };
}

function orderTest(operator: Operator, text: string, read: (text: string) => number | undefined): ValueTest {
  const wanted = read(text);
  if (wanted === undefined) return () => false;
  const holds = comparison(operator.compare, wanted);
  return (value) => {
    const found = read(value);
    return found !== undefined && holds(found);
  };
}

function comparison(compare: Operator['compare'], wanted: number): (found: number) => boolean {
  switch (compare) {
    case 'less':
      return (found) => found < wanted;
    case 'less-or-equal':
      return (found) => found <= wanted;
    case 'greater':
      return (found) => found > wanted;
    case 'greater-or-equal':
      return (found) => found >= wanted;
    default:
      return (found) => found === wanted;
  }
}

function rangeTest(wanted: string): ValueTest {
  const range = parseRange(wanted);
  if (range === undefined) return () => false;
  return (value) => {
    const address = parseAddress(value);
    return address !== undefined && isInRange(address, range);
  };
}
