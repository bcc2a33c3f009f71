// Policy variables: where they work, defaults, escapes, and what happens when there is no value (iam.md §3).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContextValue, conditionContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { accountId, policyOf, repository, request } from './testing/principals.ts';
import { resolveCodes, resolveText, templateOf } from './variables.ts';

const resourceOf = (name: string) => `arn:aws:ecr:us-east-1:${accountId}:repository/${name}`;

function allows(statement: object, values: Readonly<Record<string, ContextValue>>, version = '2012-10-17') {
  const full = { Effect: 'Allow', Action: '*', Resource: '*', ...statement };
  const policy = policyOf('identity', { Version: version, Statement: full });
  return (resource = repository) =>
    evaluate(request({ resource, context: conditionContext(values) }), { identity: [policy] }).allowed;
}

test('in a resource', () => {
  const may = allows({ Resource: resourceOf('${aws:username}/*') }, { 'aws:username': 'alice' });
  assert.equal(may(resourceOf('alice/web')), true);
  assert.equal(may(resourceOf('bob/web')), false);
});

test('the key of a variable compares without case', () => {
  assert.equal(allows({ Resource: resourceOf('${AWS:UserName}') }, { 'aws:username': 'al' })(resourceOf('al')), true);
});

test('in string, ARN and boolean conditions', () => {
  const values = { 'aws:username': 'alice', 'aws:PrincipalArn': repository, 'test:flag': 'TRUE', 'test:name': 'alice' };
  const conditions = [
    { StringEquals: { 'test:name': '${aws:username}' } },
    { StringEqualsIgnoreCase: { 'test:name': '${aws:USERNAME}' } },
    { StringLike: { 'test:name': 'a*${aws:username}' } },
    { ArnEquals: { 'aws:PrincipalArn': '${aws:PrincipalArn}' } },
    { ArnLike: { 'aws:PrincipalArn': `arn:aws:*:*:${accountId}:repository/\${test:team}/*` } },
    { Bool: { 'test:flag': '${test:flag}' } },
  ];
  const more = { ...values, 'test:team': 'team' };
  const results = conditions.map((condition) => allows({ Condition: condition }, more)());
  assert.deepEqual(results, [true, true, false, true, true, true]);
});

test('values are compared literally: their wildcards stand for nothing', () => {
  const like = (username: string) =>
    allows(
      { Condition: { StringLike: { 'test:name': '${aws:username}' } } },
      { 'aws:username': username, 'test:name': 'bob' },
    )();
  assert.equal(like('*'), false);
  assert.equal(like('b?b'), false);
  assert.equal(like('bob'), true);
  assert.equal(allows({ Resource: resourceOf('${aws:username}') }, { 'aws:username': '*' })(), false);
  assert.equal(allows({ Resource: resourceOf('${aws:username}') }, { 'aws:username': '*' })(resourceOf('*')), true);
});

test('a value is not looked through for variables again', () => {
  const values = { 'aws:username': '${aws:userid}', 'aws:userid': 'web' };
  assert.equal(allows({ Resource: resourceOf('${aws:username}') }, values)(resourceOf('web')), false);
});

test('the three escapes stand for themselves', () => {
  const may = allows({ Resource: resourceOf('a${*}b${?}c${$}{aws:username}') }, { 'aws:username': 'alice' });
  assert.equal(may(resourceOf('a*b?c${aws:username}')), true);
  assert.equal(may(resourceOf('axxb?c$alice')), false);
});

test('a default stands in for a missing value, and only for that', () => {
  const statement = { Resource: resourceOf("${aws:PrincipalTag/team, 'no team*'}") };
  assert.equal(allows(statement, {})(resourceOf('no team*')), true);
  assert.equal(allows(statement, {})(resourceOf('no teams')), false);
  assert.equal(allows(statement, { 'aws:PrincipalTag/team': 'red' })(resourceOf('red')), true);
  assert.equal(allows(statement, { 'aws:PrincipalTag/team': '' })(resourceOf('no team*')), false);
});

const unresolved: ReadonlyArray<readonly [where: string, statement: object]> = [
  ['Resource', { Resource: resourceOf('${test:none}*') }],
  ['NotResource', { Resource: undefined, NotResource: resourceOf('${test:none}') }],
  ['StringEquals', { Condition: { StringEquals: { 'aws:username': '${test:none}' } } }],
  ['StringNotEquals', { Condition: { StringNotEquals: { 'aws:username': '${test:none}' } } }],
  ['StringNotLike', { Condition: { StringNotLike: { 'aws:username': ['bob', '${test:none}'] } } }],
  ['ArnNotLike', { Condition: { ArnNotLike: { 'aws:username': '${test:none}' } } }],
  [
    'ForAllValues:StringNotEquals',
    { Condition: { 'ForAllValues:StringNotEquals': { 'aws:username': '${test:none}' } } },
  ],
];
for (const [where, statement] of unresolved) {
  test(`without value and default the statement does not match: ${where}`, () => {
    assert.equal(allows(statement, { 'aws:username': 'alice' })(), false);
  });
}

test('another pattern of the same list may still match', () => {
  const may = allows({ Resource: [resourceOf('${test:none}'), resourceOf('shared/*')] }, {});
  assert.equal(may(resourceOf('shared/web')), true);
  assert.equal(may(), false);
});

test('a key of several values is no value for a variable', () => {
  const statement = { Resource: resourceOf("${aws:TagKeys, 'none'}") };
  assert.equal(allows(statement, { 'aws:TagKeys': ['web'] })(resourceOf('web')), false);
  assert.equal(allows(statement, { 'aws:TagKeys': ['web'] })(resourceOf('none')), false);
  assert.equal(allows(statement, { 'aws:TagKeys': [] })(resourceOf('none')), true);
});

for (const version of ['2008-10-17', undefined]) {
  test(`in version ${version ?? '(none)'} they are plain text`, () => {
    const statement = { Effect: 'Allow', Action: '*', Resource: resourceOf('${aws:username}') };
    const document = { ...(version === undefined ? {} : { Version: version }), Statement: statement };
    const identity = [policyOf('identity', document)];
    const may = (name: string) => evaluate(request({ resource: resourceOf(name) }), { identity }).allowed;
    assert.equal(may('alice'), false);
    assert.equal(may('${aws:username}'), true);
  });
}

test('many variables of a long value are filled in no further than a text could fit', () => {
  const context = conditionContext({ 'test:k': 'a'.repeat(1000) });
  for (const count of [100, 200, 400]) {
    const template = templateOf('${test:k}*'.repeat(count));
    const codes = resolveCodes(template, context, 1500) ?? [];
    assert.ok(codes.length <= 1501 + count, `${codes.length} codes for ${count} variables`);
    assert.ok((resolveText(template, context, 1500) ?? '').length <= 3000);
  }
});

test('what is cut fits nothing, and a variable without a value behind the cut still counts', () => {
  const value = 'ab'.repeat(50);
  const values = { 'test:k': value, 'test:v': value, 'test:i': 'AB'.repeat(50) };
  const holds = (operator: string, wanted: string, key = 'test:v') => {
    return allows({ Condition: { [operator]: { [key]: wanted } } }, values)();
  };
  assert.equal(holds('StringLike', '${test:k}'), true);
  assert.equal(holds('StringLike', '*${test:k}*'), true);
  assert.equal(holds('StringLike', '${test:k}?'), false);
  assert.equal(holds('StringLike', '${test:k}${test:k}'), false);
  assert.equal(holds('StringEquals', '${test:k}'), true);
  assert.equal(holds('StringEquals', '${test:k}${test:k}${test:k}'), false);
  assert.equal(holds('StringEqualsIgnoreCase', '${test:k}', 'test:i'), true);
  assert.equal(holds('StringNotLike', '${test:k}${test:k}'), true);
  assert.equal(holds('StringNotLike', '${test:k}${test:k}${test:none}'), false);
  assert.equal(holds('StringNotEquals', '${test:k}${test:k}${test:k}${test:none}'), false);
});
