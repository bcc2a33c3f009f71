// Conditions, sentence by sentence of iam.md §3.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from './compile.ts';
import { type ContextValue, conditionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { parsePolicy } from './parse.ts';
import { alice, repository } from './testing/principals.ts';

type Values = Readonly<Record<string, ContextValue>>;

/** Whether a statement with this condition matches a request with these values. */
function holds(condition: object, values: Values, effect: 'Allow' | 'Deny' = 'Allow', version = '2012-10-17'): boolean {
  const statement = { Effect: effect, Action: '*', Resource: '*', Condition: condition };
  const policy = compilePolicy(
    parsePolicy(JSON.stringify({ Version: version, Statement: statement }), 'identity'),
    'p',
  );
  const context = conditionContext(values);
  const request = { action: 'ecr:PutImage', resource: repository, principal: alice, context };
  const { reason } = evaluate(request, { identity: [policy] });
  return reason === (effect === 'Allow' ? 'allowed' : 'explicit-deny');
}

type Case = readonly [operator: string, wanted: unknown, value: ContextValue | undefined, expected: boolean];

function check(title: string, cases: readonly Case[]): void {
  for (const [operator, wanted, value, expected] of cases) {
    test(`${title}: ${operator} ${JSON.stringify(wanted)}, given ${JSON.stringify(value)}: ${expected}`, () => {
      const values: Values = value === undefined ? {} : { 'test:key': value };
      assert.equal(holds({ [operator]: { 'test:Key': wanted } }, values), expected, 'in an Allow');
      assert.equal(holds({ [operator]: { 'test:Key': wanted } }, values, 'Deny'), expected, 'in a Deny');
    });
  }
}

check('strings', [
  ['StringEquals', 'a', 'a', true],
  ['StringEquals', 'a', 'A', false],
  ['StringEquals', 'a*', 'ab', false],
  ['StringEquals', ['a', 'b'], 'b', true],
  ['StringEquals', '', '', true],
  ['StringNotEquals', 'a', 'b', true],
  ['StringNotEquals', 'a', 'a', false],
  ['StringNotEquals', ['a', 'b'], 'b', false],
  ['StringNotEquals', ['a', 'b'], 'c', true],
  ['StringEqualsIgnoreCase', 'Straße', 'STRAßE', true],
  ['StringNotEqualsIgnoreCase', 'a', 'A', false],
  ['StringLike', 'a*c?', 'abbcd', true],
  ['StringLike', 'a*c?', 'abbc', false],
  ['StringLike', 'A*', 'ab', false],
  ['StringNotLike', 'a*', 'ab', false],
  ['StringNotLike', ['a*', 'b*'], 'cd', true],
]);

check('numbers', [
  ['NumericEquals', '10', '10.0', true],
  ['NumericNotEquals', '10', '11', true],
  ['NumericNotEquals', '10', '1e1', false],
  ['NumericLessThan', 3600, '3599', true],
  ['NumericLessThan', 3600, '3600', false],
  ['NumericLessThanEquals', 3600, '3600', true],
  ['NumericGreaterThan', '-1', '0', true],
  ['NumericGreaterThan', '0', '0', false],
  ['NumericGreaterThanEquals', '0', '0', true],
  ['NumericLessThan', 10, '9', true],
  ['NumericLessThan', 10, 'nine', false],
  ['NumericNotEquals', 10, 'nine', true],
]);

check('dates', [
  ['DateEquals', '2026-01-01T00:00:00Z', '2026-01-01', true],
  ['DateNotEquals', '2026-01-01T00:00:00Z', '2026-01-02', true],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2025-12-31T23:59:59Z', true],
  ['DateLessThan', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
  ['DateLessThanEquals', '2026-01-01T00:00:00Z', '2026-01-01T01:00:00+01:00', true],
  ['DateGreaterThan', 1767225600, '2026-01-01T00:00:01Z', true],
  ['DateGreaterThan', '1767225600', '1767225600', false],
  ['DateGreaterThanEquals', '1767225600', '2026-01-01T00:00:00Z', true],
  ['DateGreaterThan', '2026-01-01', 'later', false],
]);

check('booleans and bytes', [
  ['Bool', 'true', 'true', true],
  ['Bool', true, 'false', false],
  ['Bool', 'False', 'false', true],
  ['BinaryEquals', 'QUJD', 'QUJD', true],
  ['BinaryEquals', 'QUJD', 'QUJE', false],
]);

check('addresses', [
  ['IpAddress', ['192.0.2.0/24', '10.0.0.0/8'], '10.200.3.4', true],
  ['IpAddress', '10.0.0.0/8', '11.0.0.1', false],
  ['IpAddress', '10.0.0.7', '10.0.0.7', true],
  ['IpAddress', '2001:db8::/32', '2001:db8:ffff::1', true],
  ['IpAddress', '10.0.0.0/8', '::ffff:10.0.0.1', true],
  ['IpAddress', '10.0.0.0/8', 'AWS Internal', false],
  ['NotIpAddress', '10.0.0.0/8', '11.0.0.1', true],
  ['NotIpAddress', ['10.0.0.0/8', '11.0.0.0/8'], '11.0.0.1', false],
]);

const roleOf = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

for (const operator of ['ArnEquals', 'ArnLike']) {
  check('ARNs', [
    [operator, roleOf('ci/*'), roleOf('ci/team/Builder'), true],
    [operator, roleOf('ci/*'), roleOf('cd/Builder'), false],
    [operator, 'arn:aws:iam::*:role/x', roleOf('x'), true],
    [operator, 'arn:aws:iam::????22223333:role/x', roleOf('x'), true],
    [operator, 'arn:*:role/x:*:*:*', roleOf('x'), false],
    [operator, 'arn:aws:*:*:*:x', roleOf('x'), false],
    [operator, 'arn:aws:*:*:*:*x', 'arn:aws:sns:us-east-1:111122223333:topic:a:x', true],
    [operator, 'arn:aws:iam:*:role/x:*', roleOf('x'), false],
    [operator, '*', roleOf('x'), true],
    [operator, roleOf('*'), 'no ARN', false],
  ]);
}

check('ARNs, negated', [
  ['ArnNotEquals', roleOf('a'), roleOf('b'), true],
  ['ArnNotLike', roleOf('*'), roleOf('b'), false],
  ['ArnNotLike', [roleOf('a'), roleOf('b')], roleOf('c'), true],
]);

const negated: Readonly<Record<string, string>> = {
  StringNotEquals: 'a',
  StringNotEqualsIgnoreCase: 'a',
  StringNotLike: 'a',
  ArnNotEquals: roleOf('a'),
  ArnNotLike: roleOf('a'),
  NotIpAddress: '10.0.0.0/8',
  NumericNotEquals: '1',
  DateNotEquals: '2026-01-01',
};
check('a missing key makes a negated operator true', [
  ...Object.entries(negated).map(([operator, wanted]): Case => [operator, wanted, undefined, true]),
]);

const positive: Readonly<Record<string, string>> = {
  StringEquals: '',
  StringEqualsIgnoreCase: '',
  StringLike: '*',
  ArnEquals: '*',
  ArnLike: '*',
  IpAddress: '0.0.0.0/0',
  NumericEquals: '0',
  NumericLessThan: '9',
  NumericLessThanEquals: '9',
  NumericGreaterThan: '-9',
  NumericGreaterThanEquals: '-9',
  DateLessThan: '9999',
  DateGreaterThan: '0001',
  Bool: 'false',
  BinaryEquals: '',
};
check('a missing key makes a positive operator false', [
  ...Object.entries(positive).map(([operator, wanted]): Case => [operator, wanted, undefined, false]),
]);

check('IfExists is true for a missing key, and changes nothing otherwise', [
  ...Object.entries({ ...positive, ...negated }).map(
    ([operator, wanted]): Case => [`${operator}IfExists`, wanted, undefined, true],
  ),
  ['StringEqualsIfExists', 'a', 'b', false],
  ['StringNotEqualsIfExists', 'a', 'a', false],
  ['BoolIfExists', 'true', 'false', false],
  ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
]);

check('Null asks for presence', [
  ['Null', 'true', undefined, true],
  ['Null', 'true', [], true],
  ['Null', 'true', 'x', false],
  ['Null', 'false', 'x', true],
  ['Null', false, '', true],
  ['Null', 'false', undefined, false],
  ['Null', ['true', 'false'], undefined, true],
]);

check('ForAnyValue wants one value of the request to match', [
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'b'], true],
  ['ForAnyValue:StringEquals', ['a', 'b'], ['x', 'y'], false],
  ['ForAnyValue:StringEquals', 'a', 'a', true],
  ['ForAnyValue:StringEquals', 'a', undefined, false],
  ['ForAnyValue:StringEquals', 'a', [], false],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
  ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
  ['ForAnyValue:StringNotEquals', 'a', undefined, false],
]);

check('ForAllValues wants every value of the request to match', [
  ['ForAllValues:StringLike', ['a*', 'b'], ['ab', 'b'], true],
  ['ForAllValues:StringLike', ['a*', 'b'], ['ab', 'c'], false],
  ['ForAllValues:StringEquals', 'a', undefined, true],
  ['ForAllValues:StringEquals', 'a', [], true],
  ['ForAllValues:StringNotEquals', 'a', ['b', 'c'], true],
  ['ForAllValues:StringNotEquals', 'a', ['a', 'c'], false],
  ['ForAllValues:StringEquals', [], ['a'], false],
]);

check('no value in the policy matches nothing', [
  ['StringEquals', [], 'a', false],
  ['StringNotEquals', [], 'a', true],
]);

test('several values without a set operator are decided against the caller', () => {
  const condition = { StringEquals: { 'aws:TagKeys': 'team' } };
  const values = { 'aws:TagKeys': ['team', 'cost'] };
  assert.equal(holds(condition, values, 'Allow'), false);
  assert.equal(holds(condition, values, 'Deny'), true);
  assert.equal(holds(condition, { 'aws:TagKeys': ['team'] }, 'Allow'), true);
});

test('several operators and several keys must all hold', () => {
  const condition = {
    StringEquals: { 'aws:username': 'alice', 'aws:PrincipalType': 'User' },
    Bool: { 'aws:SecureTransport': 'true' },
  };
  const values = { 'aws:username': 'alice', 'aws:PrincipalType': 'User', 'aws:SecureTransport': 'true' };
  assert.equal(holds(condition, values), true);
  for (const key of Object.keys(values)) assert.equal(holds(condition, { ...values, [key]: 'x' }), false, key);
});

test('condition keys compare without case', () => {
  assert.equal(holds({ StringEquals: { 'AWS:UserName': 'alice' } }, { 'aws:username': 'alice' }), true);
});
