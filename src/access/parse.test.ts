// The grammar of iam.md §1, rule by rule: what each kind of policy may hold, and where the error is said to be.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '#core/limits.ts';
import { countPolicyChars, PolicySyntaxError, parsePolicy } from './parse.ts';
import type { PolicyKind } from './policy.ts';

const identity = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
const resource = { Effect: 'Allow', Principal: '*', Action: 'ecr:*' };
const trust = { Effect: 'Allow', Principal: { Service: 'ecr.amazonaws.com' }, Action: 'sts:AssumeRole' };

const document = (statement: unknown, rest: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', ...rest, Statement: statement });

function problemOf(text: string, kind: PolicyKind): PolicySyntaxError {
  try {
    parsePolicy(text, kind);
  } catch (error) {
    assert.ok(error instanceof PolicySyntaxError, String(error));
    return error;
  }
  return assert.fail(`${text} was accepted`);
}

const accepted: ReadonlyArray<readonly [rule: string, kind: PolicyKind, text: string]> = [
  ['one statement without a list', 'identity', document(identity)],
  ['several statements', 'identity', document([identity, { ...identity, Effect: 'Deny' }])],
  ['version 2008-10-17', 'identity', document(identity, { Version: '2008-10-17' })],
  ['no Version', 'identity', JSON.stringify({ Statement: [identity] })],
  ['Id in a resource policy', 'resource', document(resource, { Id: 'some id' })],
  ['Id in a trust policy', 'trust', document(trust, { Id: 'x' })],
  [
    'an empty Sid',
    'identity',
    document([
      { ...identity, Sid: '' },
      { ...identity, Sid: '' },
    ]),
  ],
  ['a Sid with blanks in a resource policy', 'resource', document({ ...resource, Sid: 'pull, please' })],
  ['NotAction', 'identity', document({ Effect: 'Deny', NotAction: ['iam:*'], Resource: '*' })],
  ['NotResource', 'identity', document({ Effect: 'Deny', Action: '*', NotResource: 'arn:aws:ecr:*:*:repository/x' })],
  ['NotPrincipal', 'resource', document({ Effect: 'Deny', NotPrincipal: { AWS: '111122223333' }, Action: '*' })],
  ['a resource policy without Resource', 'resource', document(resource)],
  ['a resource policy with Resource', 'resource', document({ ...resource, Resource: '*' })],
  ['wildcards anywhere in an action name', 'identity', document({ ...identity, Action: ['ecr:*Layer?', '*'] })],
  ['an action in any case', 'identity', document({ ...identity, Action: 'ECR:putimage' })],
  ['an empty Condition', 'identity', document({ ...identity, Condition: {} })],
  ['all characters from U+0020 to U+00FF', 'resource', document({ ...resource, Sid: ' ~\u00a0é\u00ff' })],
  ['tab, line feed, carriage return', 'identity', `\t\r\n${document(identity)}\r\n`],
];

for (const [rule, kind, text] of accepted) {
  test(`accepted: ${rule}`, () => {
    parsePolicy(text, kind);
  });
}

const refused: ReadonlyArray<readonly [rule: string, kind: PolicyKind, text: string, message: RegExp]> = [
  ['nothing', 'identity', '', /Expected a JSON value/],
  ['no object', 'identity', '[]', /A policy must be a JSON object/],
  ['an unknown element of a policy', 'identity', document(identity, { Extra: 1 }), /Extra is no element of a policy/],
  ['an element in the wrong case', 'identity', JSON.stringify({ statement: identity }), /write Statement/],
  ['an unknown Version', 'identity', document(identity, { Version: '2012-10-18' }), /Version must be/],
  ['a Version that is no string', 'identity', document(identity, { Version: 2012 }), /Version must be a string/],
  ['Id in an identity policy', 'identity', document(identity, { Id: 'x' }), /has no element Id/],
  ['no Statement', 'identity', '{"Version":"2012-10-17"}', /needs the element Statement/],
  ['an empty list of statements', 'identity', document([]), /Statement must not be empty/],
  ['a statement that is no object', 'identity', document(['Allow']), /A statement must be a JSON object/],
  ['an unknown element of a statement', 'identity', document({ ...identity, Actions: '*' }), /Actions is no element/],
  ['no Effect', 'identity', document({ Action: '*', Resource: '*' }), /needs the element Effect/],
  ['another Effect', 'identity', document({ ...identity, Effect: 'allow' }), /Effect must be Allow or Deny/],
  ['no Action', 'identity', document({ Effect: 'Allow', Resource: '*' }), /Action or NotAction/],
  ['Action and NotAction', 'identity', document({ ...identity, NotAction: '*' }), /not both/],
  ['an empty list of actions', 'identity', document({ ...identity, Action: [] }), /Action must not be empty/],
  ['an action that is no string', 'identity', document({ ...identity, Action: [1] }), /string or a list of strings/],
  ['an action without service', 'identity', document({ ...identity, Action: 'PutImage' }), /PutImage is no action/],
  ['a wildcard in the service', 'identity', document({ ...identity, Action: 'e*:PutImage' }), /is no action/],
  ['a service without an action', 'identity', document({ ...identity, Action: 'ecr:' }), /is no action/],
  ['an action with a blank', 'identity', document({ ...identity, Action: 'ecr:Put Image' }), /is no action/],
  [
    'an identity policy without Resource',
    'identity',
    document({ Effect: 'Allow', Action: '*' }),
    /needs the element Res/,
  ],
  ['Resource and NotResource', 'identity', document({ ...identity, NotResource: '*' }), /not both/],
  ['a trust policy with Resource', 'trust', document({ ...trust, Resource: '*' }), /no element Resource/],
  ['Principal in an identity policy', 'identity', document({ ...identity, Principal: '*' }), /no element Principal/],
  ['NotPrincipal in an identity policy', 'identity', document({ ...identity, NotPrincipal: '*' }), /no element NotPr/],
  ['a resource policy without Principal', 'resource', document(identity), /needs the element Principal/],
  [
    'a trust policy without Principal',
    'trust',
    document({ Effect: 'Allow', Action: 'sts:*' }),
    /needs the element Prin/,
  ],
  ['Principal and NotPrincipal', 'resource', document({ ...resource, NotPrincipal: '*' }), /not both/],
  ['a Sid with blanks in an identity policy', 'identity', document({ ...identity, Sid: 'a b' }), /letters and digits/],
  ['a Sid used twice', 'identity', document([1, 2].map(() => ({ ...identity, Sid: 'One' }))), /One is used twice/],
  ['a character above U+00FF', 'identity', document({ ...identity, Sid: 'ф' }), /character that policies may not hold/],
  ['a duplicate element', 'identity', '{"Statement":[],"Statement":[]}', /Statement appears twice/],
  ['an escaped duplicate', 'identity', String.raw`{"Id":"a","\u0049d":"b"}`, /Id appears twice/],
  ['text after the end', 'identity', `${document(identity)}{}`, /text after the end/],
  ['a trailing comma', 'identity', '{"Version":"2012-10-17",}', /member name in double quotes/],
  ['a comment', 'identity', '{/* */}', /member name/],
  ['a control character in a string', 'identity', '{"Id":"a\tb"}', /control character/],
  ['a string without end', 'identity', '{"Id":"a', /does not end/],
  ['an unknown escape', 'identity', String.raw`{"Id":"\x41"}`, /escape/],
  ['a number that is none', 'identity', '{"Id":01}', /01 is not JSON/],
];

for (const [rule, kind, text, message] of refused) {
  test(`refused: ${rule}`, () => assert.match(problemOf(text, kind).message, message));
}

const goodResources = [
  '*',
  'arn:aws:ecr:us-east-1:111122223333:repository/a',
  'arn:aws:ecr:*:*:repository/team-?/*',
  'arn:aws:ecr:us-*:1111????3333:*',
  'arn:aws-cn:ecr:cn-north-1:111122223333:repository/a',
  'arn:aws:iam::111122223333:user/${aws:username}',
  "arn:aws:ecr:*:*:repository/${aws:PrincipalTag/team, 'none'}/${*}",
  'arn:aws:ecr:*',
];
for (const text of goodResources) {
  test(`accepted as Resource: ${text}`, () => {
    parsePolicy(document({ ...identity, Resource: text }), 'identity');
  });
}

const badResources = [
  '',
  '?',
  'repository/a',
  'arn:aws:ecr',
  'arn:aws:ecr:us-east-1:111122223333:',
  'arn:aws:ecr:us-east-1:111122223333',
  'arn:a*:ecr:us-east-1:111122223333:repository/a',
  'arn:aws::us-east-1:111122223333:repository/a',
  'arn:aws:ecr:us-east-1:${aws:PrincipalAccount}:repository/a',
  'arn:aws:ecr:*:*:repository/${aws:username',
  'arn:aws:ecr:*:*:repository/${}',
  'arn:aws:ecr:*:*:repository/${aws:username, none}',
];
for (const text of badResources) {
  test(`refused as Resource: '${text}'`, () => {
    problemOf(document({ ...identity, Resource: text }), 'identity');
  });
}

test('without policy variables, what looks like one is plain text', () => {
  const text = 'arn:aws:ecr:us-east-1:${aws:PrincipalAccount}:repository/${';
  parsePolicy(document({ ...identity, Resource: text }, { Version: '2008-10-17' }), 'identity');
});

test('a document without Version is of 2008-10-17', () => {
  assert.equal(parsePolicy(JSON.stringify({ Statement: identity }), 'identity').version, '2008-10-17');
});

test('a statement keeps its own parts, and where it stands', () => {
  const opening = '{ "Statement": [\n  { "Sid": "Pull", "Effect": "Deny",';
  const text = `${opening}\n    "NotAction": "ecr:a", "Resource": "*" } ] }`;
  const [statement] = parsePolicy(text, 'identity').statements;
  assert.deepEqual(statement, {
    sid: 'Pull',
    effect: 'Deny',
    principals: undefined,
    actions: { not: true, patterns: ['ecr:a'] },
    resources: { not: false, patterns: ['*'] },
    conditions: [],
    start: { line: 2, column: 3 },
    end: { line: 3, column: 44 },
  });
});

test('an error names the line and column of what is wrong', () => {
  const text = `{\n  "Version": "2012-10-17",\n  "Statement": {"Effect": "Alow"}\n}`;
  const { line, column, message } = problemOf(text, 'identity');
  assert.deepEqual({ line, column, message }, { line: 3, column: 27, message: 'Effect must be Allow or Deny' });
});

test('an error of syntax too', () => {
  const { line, column } = problemOf('{\n  "Id" "x"}', 'resource');
  assert.deepEqual({ line, column }, { line: 2, column: 8 });
});

test('nesting deeper than the limit is refused, and only that', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  assert.match(problemOf(nested(limits.jsonDepthMax), 'identity').message, /must be a JSON object/);
  assert.match(problemOf(nested(limits.jsonDepthMax + 1), 'identity').message, /nested deeper/);
  assert.match(problemOf(nested(100_000), 'identity').message, /nested deeper/);
});

test('a message repeats no more than a little of what was sent', () => {
  const long = 'x'.repeat(100_000);
  const texts = [document({ ...identity, Action: long }), document({ ...identity, [long]: 1 }), `{"${long}":1}`, long];
  for (const text of texts) assert.ok(problemOf(text, 'identity').message.length < 300);
});

test('a member called __proto__ is an unknown element like any other', () => {
  assert.match(problemOf('{"__proto__":{"Statement":[]}}', 'identity').message, /__proto__ is no element/);
});

test('white space does not count against the size', () => {
  assert.equal(countPolicyChars(' {\t"a" :\r\n"b c" } '), '{"a":"bc"}'.length);
  assert.equal(countPolicyChars('\u00a0'), 1);
});

test('any JSON at all is parsed or refused with a position inside the text', () => {
  fc.assert(
    fc.property(
      fc.json({ maxDepth: 4 }),
      fc.constantFrom<PolicyKind>('identity', 'resource', 'trust'),
      (text, kind) => {
        const { line, column } = problemOf(text, kind);
        return line >= 1 && column >= 1 && line <= text.split('\n').length && column <= text.length + 1;
      },
    ),
  );
});

test('it reads as JSON what JSON.parse reads, but for duplicates and strange characters', () => {
  const near = fc.string({
    unit: fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', '.5', ' ', 'null', '\\'),
  });
  fc.assert(
    fc.property(near, (text) => {
      const isJson = isSuccess(() => JSON.parse(text));
      // No such text is a policy; the grammar is only reached by what was readable.
      const { message } = problemOf(text, 'identity');
      const isReadable = /must be a JSON object|is no element|needs the element|appears twice/.test(message);
      return isJson === isReadable || message.includes('appears twice');
    }),
    { numRuns: 3000 },
  );
});

function isSuccess(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
