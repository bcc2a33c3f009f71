// Conditions as iam.md §3 words them, for the naive evaluator.

import { isIPv4 } from 'node:net';
import { glob, plain, resolve, type Values } from './naive-glob.ts';

interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly wanted: readonly string[];
}

interface Given {
  readonly values: Values;
  readonly effect: 'Allow' | 'Deny';
  readonly withVariables: boolean;
}

export function conditionHolds(
  { operator, key, wanted }: Condition,
  { values, effect, withVariables }: Given,
): boolean {
  const given = values[key.toLowerCase()];
  const found = given === undefined ? [] : typeof given === 'string' ? [given] : given;
  const isMissing = found.length === 0;
  if (operator === 'Null') return wanted.includes(String(isMissing));
  const [prefix, suffixed] = operator.includes(':') ? operator.split(':') : ['', operator];
  const name = (suffixed ?? '').replace(/IfExists$/, '');
  const isNegated = name.includes('Not');
  const plainName = name.replace('Not', '');
  const isFit = (value: string): boolean => {
    const outcomes = wanted.map((one) => compare(plainName, value, withVariables ? resolve(one, values) : one));
    return isNegated ? outcomes.every((one) => one === false) : outcomes.some((one) => one === true);
  };
  if (isMissing) {
    if (suffixed?.endsWith('IfExists')) return true;
    if (prefix === 'ForAllValues') return true;
    return prefix === '' && isNegated;
  }
  if (prefix === 'ForAllValues' || (prefix === '' && effect === 'Allow')) return found.every(isFit);
  return found.some(isFit);
}

/** `wanted` undefined: a variable had no value, so there is no outcome. */
function compare(name: string, value: string, wanted: string | undefined): boolean | undefined {
  if (wanted === undefined) return undefined;
  const text = plain(wanted);
  switch (name) {
    case 'StringEquals':
      return value === text;
    case 'StringEqualsIgnoreCase':
    case 'Bool':
      return value.toLowerCase() === text.toLowerCase();
    case 'StringLike':
      return glob(wanted, value);
    case 'ArnEquals':
    case 'ArnLike':
      return arnFits(wanted, value);
    case 'BinaryEquals':
      return value === text;
    case 'IpAddress':
      return rangeHolds(text, value);
    default:
      return ordered(name, value, text);
  }
}

function ordered(name: string, value: string, text: string): boolean {
  const read = (one: string) => (name.startsWith('Date') ? Date.parse(one) : Number(one));
  const [found, wanted] = [read(value), read(text)];
  switch (name.replace(/^(Numeric|Date)/, '')) {
    case 'Equals':
      return found === wanted;
    case 'LessThan':
      return found < wanted;
    case 'LessThanEquals':
      return found <= wanted;
    case 'GreaterThan':
      return found > wanted;
    case 'GreaterThanEquals':
      return found >= wanted;
    default:
      throw new Error(`the naive evaluator does not know ${name}`);
  }
}

function arnFits(pattern: string, value: string): boolean {
  if (pattern === '*') return true;
  const [patterns, segments] = [sixOf(pattern.replaceAll('\u0000:', ':')), sixOf(value)];
  return patterns.length === 6 && segments.length === 6 && patterns.every((one, at) => glob(one, segments[at] ?? ''));
}

function sixOf(text: string): readonly string[] {
  const parts = text.split(':');
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** IPv4 only: the random policies hold nothing else. */
function rangeHolds(range: string, value: string): boolean {
  const [network = '', bits = '32'] = range.split('/');
  if (!isIPv4(value)) return false;
  const binary = (address: string) =>
    address
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join('');
  return binary(network).slice(0, Number(bits)) === binary(value).slice(0, Number(bits));
}
