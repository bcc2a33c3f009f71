// Each issue code of the linter: the document that has it, and where; and that what has no error is a policy.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePolicy } from '../parse.ts';
import type { LintType } from './finding.ts';
import { lintPolicy } from './lint-policy.ts';

const catalogue = new Map([
  ['ecr', new Set(['putimage', 'getdownloadurlforlayer'])],
  ['iam', new Set(['passrole'])],
  ['sts', new Set(['assumerole', 'assumerolewithwebidentity'])],
]);
const allow = { Effect: 'Allow', Action: 'ecr:PutImage', Resource: '*' };
const provider = 'arn:aws:iam::111122223333:oidc-provider';
const everybody = { Effect: 'Allow', Principal: '*', Action: 'ecr:PutImage' };
const trust = (Federated: string, Condition?: object) => ({
  ...{ Effect: 'Allow', Principal: { Federated }, Action: 'sts:AssumeRoleWithWebIdentity' },
  ...(Condition && { Condition }),
});
const documentOf = (...Statement: readonly unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const codes = (text: string, type: LintType = 'identity') =>
  lintPolicy(text, type, catalogue).map(({ findingType, issueCode }) => `${findingType} ${issueCode}`);

const when = (Condition: object) => ({ ...allow, Condition });
const cases: ReadonlyArray<readonly [code: string, statement: object, type?: LintType]> = [
  ['ERROR INVALID_ACTION', { ...allow, Action: 'ecr:PutImages' }],
  ['ERROR INVALID_ACTION', { ...allow, Action: 'ecr:Push*' }],
  ['ERROR INVALID_ACTION', { ...allow, Action: 'PutImage' }],
  ['ERROR INVALID_SERVICE_IN_ACTION', { ...allow, Action: 'ecrr:PutImage' }],
  ['SUGGESTION REDUNDANT_ACTION', { ...allow, Action: ['ecr:PutImage', 'ecr:Put*'] }],
  ['ERROR INVALID_ARN_PREFIX', { ...allow, Resource: 'app' }],
  ['ERROR INVALID_ARN_PARTITION', { ...allow, Resource: 'arn:amazon:ecr:us-east-1:111122223333:repository/a' }],
  ['ERROR INVALID_ARN_SERVICE', { ...allow, Resource: 'arn:aws::us-east-1:111122223333:repository/a' }],
  ['ERROR INVALID_ARN_REGION', { ...allow, Resource: 'arn:aws:iam:us-east-1:111122223333:role/a' }],
  ['ERROR INVALID_ARN_ACCOUNT', { ...allow, Resource: 'arn:aws:ecr:us-east-1:1111:repository/a' }],
  ['ERROR INVALID_ARN_RESOURCE', { ...allow, Resource: 'arn:aws:ecr:us-east-1:111122223333' }],
  ['ERROR MISSING_EFFECT', { Action: 'ecr:PutImage', Resource: '*' }],
  ['ERROR INVALID_EFFECT', { ...allow, Effect: 'allow' }],
  ['ERROR MISSING_ACTION', { Effect: 'Allow', Resource: '*' }],
  ['ERROR MISSING_RESOURCE', { Effect: 'Allow', Action: 'ecr:PutImage' }],
  ['ERROR EMPTY_ARRAY_ACTION', { ...allow, Action: [] }],
  ['ERROR DATA_TYPE_MISMATCH', { ...allow, Action: 7 }],
  ['ERROR UNSUPPORTED_ELEMENT', { ...allow, action: 'ecr:PutImage' }],
  ['ERROR UNSUPPORTED_ELEMENT_COMBINATION', { ...allow, NotResource: '*' }],
  ['ERROR UNSUPPORTED_PRINCIPAL', { ...allow, Principal: '*' }],
  ['ERROR MISSING_PRINCIPAL', { Effect: 'Allow', Action: 'ecr:PutImage' }, 'resource'],
  ['ERROR INVALID_PRINCIPAL_FORMAT', { ...everybody, Principal: { AWS: 'alice' } }, 'resource'],
  ['ERROR INVALID_PRINCIPAL_FORMAT', { ...everybody, Principal: { User: 'alice' } }, 'resource'],
  ['ERROR INVALID_PRINCIPAL_FORMAT', { ...everybody, Principal: 'alice' }, 'resource'],
  [
    'ERROR UNSUPPORTED_WILDCARD_IN_PRINCIPAL',
    { ...everybody, Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } },
    'resource',
  ],
  [
    'SECURITY_WARNING ALLOW_WITH_NOT_PRINCIPAL',
    { Effect: 'Allow', NotPrincipal: { AWS: '111122223333' }, Action: 'ecr:PutImage' },
    'resource',
  ],
  ['SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE', { ...allow, Action: 'iam:PassRole' }],
  ['ERROR INVALID_OPERATOR', when({ StringIs: { 'aws:username': 'a' } })],
  ['ERROR INVALID_CONDITION_KEY_FORMAT', when({ StringEquals: { username: 'a' } })],
  ['ERROR INVALID_VALUE_FOR_IP', when({ IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } })],
  ['WARNING WILDCARD_WITHOUT_LIKE_OPERATOR', when({ StringEquals: { 'aws:username': 'a*' } })],
  [
    'SECURITY_WARNING FORALLVALUES_WITH_SINGLE_VALUED_KEY',
    when({ 'ForAllValues:StringLike': { 'aws:username': 'a*' } }),
  ],
  [
    'SECURITY_WARNING MISSING_GITHUB_REPO_CONDITION_KEY',
    trust(`${provider}/token.actions.githubusercontent.com`),
    'trust',
  ],
  ['SECURITY_WARNING MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL', trust(`${provider}/gitlab.com`), 'trust'],
  ['ERROR POLICY_SIZE_EXCEEDS_IDENTITY_POLICY', { ...allow, Sid: 'a'.repeat(6200) }],
  ['ERROR INVALID_POLICY', { ...allow, Sid: 'no blanks here' }],
];

for (const [code, statement, type] of cases) {
  test(`${code}: ${JSON.stringify(statement).slice(0, 100)}`, () => {
    assert.deepEqual(codes(documentOf(statement), type), [code]);
  });
}

test('documents that are no policies', () => {
  assert.deepEqual(codes('{"Statement": [,]}'), ['ERROR JSON_SYNTAX_ERROR']);
  assert.deepEqual(codes('[]'), ['ERROR DATA_TYPE_MISMATCH']);
  assert.deepEqual(codes('{"Version":"2012-10-17"}'), ['ERROR MISSING_STATEMENT']);
  assert.deepEqual(codes('{"Version":"2012-10-17","Statement":[]}'), ['ERROR EMPTY_ARRAY_STATEMENT']);
  assert.deepEqual(codes('{"Version":"2012-10-17","Statement":["a"],"Resource":1}'), [
    'ERROR DATA_TYPE_MISMATCH',
    'ERROR UNSUPPORTED_ELEMENT',
  ]);
  assert.deepEqual(codes(`{"Statement":${JSON.stringify(allow)}}`), ['WARNING MISSING_VERSION']);
});

test('good policies have no findings', () => {
  const variable = { ...allow, Resource: 'arn:aws:ecr:*:*:repository/${aws:username}/*' };
  assert.deepEqual(codes(documentOf(variable, { ...allow, Action: ['s3:GetObject', 'ecr:Get*'] })), []);
  assert.deepEqual(codes(documentOf(everybody), 'resource'), []);
  const issuer = 'token.actions.githubusercontent.com';
  const own = { StringLike: { [`${issuer}:sub`]: 'repo:org/app:*' } };
  assert.deepEqual(codes(documentOf(trust(`${provider}/${issuer}`, own)), 'trust'), []);
});

test('trust is held against the rule of the server: a subject must name an owner, at every shared issuer', () => {
  const warning = (name: string) => [`SECURITY_WARNING MISSING_${name}`];
  const issuer = 'token.actions.githubusercontent.com';
  const anyOwner = { StringLike: { [`${issuer}:sub`]: '*' } };
  const github = codes(documentOf(trust(`${provider}/${issuer}`, anyOwner)), 'trust');
  assert.deepEqual(github, warning('GITHUB_REPO_CONDITION_KEY'));
  const google = codes(documentOf(trust(`${provider}/accounts.google.com`)), 'trust');
  assert.deepEqual(google, warning('CONDITION_KEY_FOR_OIDC_PRINCIPAL'));
});

test('a finding stands where the fault is', () => {
  const statement = '{"Effect": "Allow",\n    "Action": ["ecr:Nope"], "Resource": "*"}';
  const text = `{\n  "Version": "2012-10-17",\n  "Statement": ${statement}\n}`;
  const [finding] = lintPolicy(text, 'identity', catalogue);
  assert.deepEqual(
    [finding?.start, finding?.end],
    [
      { line: 4, column: 16 },
      { line: 4, column: 26 },
    ],
  );
});

test('what has no error is a policy, whatever the document', () => {
  const word = fc.constantFrom(
    'Allow',
    'Deny',
    '*',
    'ecr:PutImage',
    'arn:aws:ecr:*:*:repository/a',
    'a b',
    '${',
    '111122223333',
  );
  const value = fc.oneof(word, fc.array(word, { maxLength: 3 }), fc.integer(), fc.constant(null));
  const condition = fc.dictionary(
    fc.constantFrom('StringEquals', 'Null', 'Bool', 'NoOperator'),
    fc.oneof(fc.dictionary(fc.constantFrom('aws:username', 'AWS:username', 'x'), value, { maxKeys: 2 }), word),
    { maxKeys: 2 },
  );
  const names = [
    'Sid',
    'Effect',
    'Principal',
    'NotPrincipal',
    'Action',
    'NotAction',
    'Resource',
    'NotResource',
    'effect',
  ];
  const member = fc.tuple(fc.constantFrom(...names), fc.oneof(value, fc.record({ AWS: value })));
  const statement = fc.tuple(fc.array(member, { maxLength: 6 }), fc.option(condition)).map(([members, Condition]) => {
    return { ...Object.fromEntries(members), ...(Condition && { Condition }) };
  });
  const document = fc.record({ Version: value, Statement: fc.oneof(statement, fc.array(statement, { maxLength: 3 })) });
  const kinds = { identity: 'identity', resource: 'resource', trust: 'trust' } as const;
  fc.assert(
    fc.property(
      document,
      fc.constantFrom('identity' as const, 'resource' as const, 'trust' as const),
      (policy, type) => {
        const text = JSON.stringify(policy);
        const errors = codes(text, type).filter((code) => code.startsWith('ERROR'));
        if (errors.length === 0) parsePolicy(text, kinds[type]);
      },
    ),
    { numRuns: 2000 },
  );
});
