// The grammar of Condition: every operator by name, its shapes, and values that its family can read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolicySyntaxError, parsePolicy } from './parse.ts';

function parse(condition: unknown, version = '2012-10-17') {
  const statement = { Effect: 'Allow', Action: '*', Resource: '*', Condition: condition };
  return parsePolicy(JSON.stringify({ Version: version, Statement: [statement] }), 'identity').statements[0]
    ?.conditions;
}

const values: Readonly<Record<string, string>> = {
  String: 'x',
  Numeric: '1',
  Date: '2026-01-01',
  Bool: 'true',
  Binary: 'QUJD',
  IpAddress: '10.0.0.0/8',
  NotIpAddress: '10.0.0.0/8',
  Arn: 'arn:aws:iam::111122223333:role/x',
  Null: 'true',
};
const comparisons = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const names = [
  ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
  ...['StringLike', 'StringNotLike', 'ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
  ...['Bool', 'BinaryEquals', 'IpAddress', 'NotIpAddress'],
  ...comparisons.flatMap((name) => [`Numeric${name}`, `Date${name}`]),
];

const valueFor = (name: string) => values[Object.keys(values).find((family) => name.startsWith(family)) ?? ''];

for (const name of names) {
  test(`${name} is known, with its suffix and its prefixes`, () => {
    for (const prefix of ['', 'ForAnyValue:', 'ForAllValues:']) {
      for (const suffix of ['', 'IfExists']) {
        const [condition] = parse({ [`${prefix}${name}${suffix}`]: { 'aws:x': valueFor(name) } }) ?? [];
        assert.equal(condition?.operator, name);
        assert.equal(condition.ifExists, suffix !== '');
        assert.equal(condition.quantifier ?? '', prefix.slice(0, -1));
      }
    }
  });
}

const badOperators = [
  'stringEquals',
  'StringEqual',
  'StringEqualsIfExist',
  'StringEqualsIfExistsIfExists',
  'NullIfExists',
  'ForAnyValue:Null',
  'ForSomeValues:StringEquals',
  'ForAnyValue:ForAnyValue:StringEquals',
  'NumericLike',
  '',
];
for (const name of badOperators) {
  test(`'${name}' is no operator`, () => {
    assert.throws(() => parse({ [name]: { 'aws:x': 'true' } }), /is no condition operator/);
  });
}

test('one value or many, as strings, numbers or booleans', () => {
  const [strings, numbers, booleans] = [
    parse({ StringEquals: { 'aws:x': ['a', 'b'] } }),
    parse({ NumericLessThan: { 'aws:x': [1, '2.5', -3e2] } }),
    parse({ Bool: { 'aws:x': true } }),
  ];
  assert.deepEqual(strings?.[0]?.values, ['a', 'b']);
  assert.deepEqual(numbers?.[0]?.values, ['1', '2.5', '-300']);
  assert.deepEqual(booleans?.[0]?.values, ['true']);
});

const refused: ReadonlyArray<readonly [rule: string, condition: unknown]> = [
  ['a condition that is no object', ['StringEquals']],
  ['an operator that holds no object', { StringEquals: 'aws:x' }],
  ['a value that is an object', { StringEquals: { 'aws:x': {} } }],
  ['a value that is null', { StringEquals: { 'aws:x': null } }],
  ['a list in a list', { StringEquals: { 'aws:x': [['a']] } }],
  ['a key without service', { StringEquals: { username: 'a' } }],
  ['a key without name', { StringEquals: { 'aws:': 'a' } }],
  ['a key twice, but for its case', { StringEquals: { 'aws:username': 'a', 'AWS:UserName': 'b' } }],
  ['no number', { NumericEquals: { 'aws:x': 'one' } }],
  ['an empty number', { NumericEquals: { 'aws:x': '' } }],
  ['a hexadecimal number', { NumericEquals: { 'aws:x': '0x10' } }],
  ['no date', { DateLessThan: { 'aws:CurrentTime': 'soon' } }],
  ['no boolean', { Bool: { 'aws:SecureTransport': 'yes' } }],
  ['no presence', { Null: { 'aws:x': 'absent' } }],
  ['no base64', { BinaryEquals: { 'aws:x': 'a_b' } }],
  ['no address', { IpAddress: { 'aws:SourceIp': '10.0.0.300' } }],
  ['a range without bits', { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/' } }],
  ['no ARN', { ArnLike: { 'aws:PrincipalArn': 'role/x' } }],
  ['an ARN of five parts', { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::x' } }],
  ['a variable in a number', { NumericEquals: { 'aws:x': '${aws:y}' } }],
  ['a variable in a range', { IpAddress: { 'aws:SourceIp': '${aws:y}' } }],
  ['a variable in Null', { Null: { 'aws:x': '${aws:y}' } }],
  ['a variable without end', { StringLike: { 'aws:x': 'a${aws:y' } }],
  ['a variable without key', { StringLike: { 'aws:x': '${, ' + "'a'}" } }],
];
for (const [rule, condition] of refused) {
  test(`refused: ${rule}`, () => assert.throws(() => parse(condition), PolicySyntaxError));
}

const accepted: ReadonlyArray<readonly [rule: string, condition: unknown]> = [
  ['no value at all', { StringEquals: { 'aws:x': [] } }],
  ['an operator without keys', { StringEquals: {} }],
  ['a tag key with blanks and colons', { StringEquals: { 'aws:ResourceTag/cost center:1': 'x' } }],
  ['a key of an identity provider', { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:o/*' } }],
  ['a variable as a boolean', { Bool: { 'aws:x': '${aws:SecureTransport}' } }],
  ['a variable as an ARN', { ArnEquals: { 'aws:SourceArn': '${aws:PrincipalArn}' } }],
  ['a boolean in any case', { Bool: { 'aws:SecureTransport': 'True' } }],
  ['any ARN', { ArnLike: { 'aws:SourceArn': '*' } }],
];
for (const [rule, condition] of accepted) {
  test(`accepted: ${rule}`, () => assert.ok(parse(condition) !== undefined));
}

test('without policy variables, a broken one is plain text', () => {
  assert.deepEqual(parse({ StringEquals: { 'aws:x': '${' } }, '2008-10-17')?.[0]?.values, ['${']);
});
