// How each family of operators compares one value of the request with the values in the policy.

import { BlockList, isIP } from 'node:net';
import type { ConditionContext } from './context.ts';
import { compilePattern, matches, type Pattern } from './match.ts';
import type { Operator } from './operators.ts';
import { hasVariable, resolvePattern, resolveText, templateOf } from './variables.ts';

/** True when the request's value matches any of the policy's. Never throws: what cannot be read does not match. */
export type ValueTest = (value: string, context: ConditionContext) => boolean;

export function compileValueTest(operator: Operator, wanted: readonly string[], variables: boolean): ValueTest {
  const tests = wanted.map((text) => compileOne(operator, text, variables));
  return (value, context) => tests.some((test) => test(value, context));
}

function compileOne(operator: Operator, wanted: string, variables: boolean): ValueTest {
  switch (operator.family) {
    case 'string':
      return stringTest(wanted, operator.ignoreCase === true, variables);
    case 'like':
      return patternTest(wanted, variables, matches);
    case 'arn':
      return arnTest(wanted, variables);
    case 'bool':
      return stringTest(wanted, true, variables);
    case 'numeric':
      return orderTest(operator, numberOf(wanted), numberOf);
    case 'date':
      return orderTest(operator, dateOf(wanted), dateOf);
    case 'binary':
      return (value) => value === wanted;
    case 'ip':
      return ipTest(wanted);
    case 'null':
      return () => false;
  }
}

function stringTest(wanted: string, ignoreCase: boolean, variables: boolean): ValueTest {
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text);
  if (!variables || !hasVariable(wanted)) {
    const folded = fold(wanted);
    return (value) => fold(value) === folded;
  }
  const template = templateOf(wanted);
  return (value, context) => {
    const text = resolveText(template, context);
    return text !== undefined && fold(text) === fold(value);
  };
}

function patternTest(
  wanted: string,
  variables: boolean,
  fits: (pattern: Pattern, value: string) => boolean,
): ValueTest {
  if (!variables || !hasVariable(wanted)) {
    const pattern = compilePattern(wanted);
    return (value) => fits(pattern, value);
  }
  const template = templateOf(wanted);
  return (value, context) => {
    const pattern = resolvePattern(template, context);
    return pattern !== undefined && fits(pattern, value);
  };
}

/** Each of the six segments is matched by itself: a star does not cross a colon in the first five. */
function arnTest(wanted: string, variables: boolean): ValueTest {
  if (wanted === '*') return () => true;
  const segments = segmentsOf(wanted).map((segment) => patternTest(segment, variables, matches));
  return (value, context) => {
    const parts = segmentsOf(value);
    if (parts.length !== segments.length) return false;
    return segments.every((test, index) => test(parts[index] ?? '', context));
  };
}

/** Colons inside `${…}` are no separators. */
function segmentsOf(text: string): readonly string[] {
  const segments: string[] = [];
  let start = 0;
  let inside = false;
  for (let index = 0; index < text.length && segments.length < 5; index += 1) {
    const char = text[index];
    if (char === '$' && text[index + 1] === '{') inside = true;
    else if (char === '}') inside = false;
    else if (char === ':' && !inside) {
      segments.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...segments, text.slice(start)];
}

function orderTest(operator: Operator, wanted: number, read: (text: string) => number): ValueTest {
  return (value) => {
    const found = read(value);
    if (Number.isNaN(found) || Number.isNaN(wanted)) return false;
    switch (operator.compare) {
      case 'less':
        return found < wanted;
      case 'less-or-equal':
        return found <= wanted;
      case 'greater':
        return found > wanted;
      case 'greater-or-equal':
        return found >= wanted;
      default:
        return found === wanted;
    }
  };
}

function numberOf(text: string): number {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

/** ISO 8601, or epoch seconds. */
function dateOf(text: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text) && text.length !== 4) return Number(text) * 1000;
  return /^\d{4}(-|$)/.test(text) ? Date.parse(text) : Number.NaN;
}

function ipTest(wanted: string): ValueTest {
  const [address = '', bits] = wanted.split('/');
  const version = isIP(address);
  const family = version === 6 ? 'ipv6' : 'ipv4';
  const prefix = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
  const list = new BlockList();
  if (version === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (version === 6 ? 128 : 32))
    return () => false;
  list.addSubnet(address, prefix, family);
  return (value) => {
    const found = isIP(value);
    return found !== 0 && list.check(value, found === 6 ? 'ipv6' : 'ipv4');
  };
}
