// Which trust in a shared issuer lets strangers in.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from './parse.ts';
import { openToStrangers } from './shared-issuers.ts';

const github = 'token.actions.githubusercontent.com';
const arnOf = (issuer: string) => `arn:aws:iam::111122223333:oidc-provider/${issuer}`;

function reason(Condition: object, more: object = {}, Action = 'sts:AssumeRoleWithWebIdentity'): string | undefined {
  const Principal = { Federated: arnOf(github) };
  const document = { Version: '2012-10-17', Statement: { Effect: 'Allow', Principal, Action, Condition, ...more } };
  const [statement] = parsePolicy(JSON.stringify(document), 'trust').statements;
  assert.ok(statement !== undefined);
  return openToStrangers(statement, ['ci.example.com']);
}

const sub = (value: string | readonly string[], operator = 'StringLike', issuer = github) => ({
  [operator]: { [`${issuer}:sub`]: value },
});

test('a subject that names its owner to the end lets no stranger in', () => {
  for (const value of [
    'repo:octo-org/*',
    'repo:octo-org/octo-repo:ref:refs/heads/main',
    'repository_owner:octo-org',
    'repository_owner_id:65:*',
    'job_workflow_ref:octo-org/octo-repo/.github/workflows/build.yml@*',
  ]) {
    assert.equal(reason(sub(value)), undefined, value);
    assert.equal(reason(sub(value, 'StringEquals')), undefined, value);
  }
  assert.equal(reason(sub('repo:octo-org/*', 'ForAnyValue:StringLike')), undefined);
  assert.equal(reason({ StringLike: { [`${github.toUpperCase()}:SUB`]: 'repo:octo-org/*' } }), undefined);
});

test('everything less is refused with the key and an example', () => {
  for (const value of ['*', 'repo:*', 'repo:octo*', 'repo:octo-org*', 'repo:*/octo-repo:*', 'environment:production']) {
    assert.match(reason(sub(value)) ?? '', /compare token\.actions\.githubusercontent\.com:sub.*repo:ORG\/REPO/, value);
  }
  for (const condition of [
    {},
    { StringEquals: { [`${github}:aud`]: 'sts.amazonaws.com' } },
    { StringEquals: { [`${github}:repository`]: 'octo-org/octo-repo' } },
    sub(['repo:octo-org/*', '*']),
    sub('repo:octo-org/*', 'StringLikeIfExists'),
    sub('repo:octo-org/*', 'ForAllValues:StringLike'),
    sub('repo:evil/*', 'StringNotLike'),
    sub(`repo:\${aws:username}/*`),
  ]) {
    assert.notEqual(reason(condition), undefined, JSON.stringify(condition));
  }
});

test('only allowing statements about web identities of shared issuers are looked at', () => {
  assert.equal(reason({}, { Effect: 'Deny' }), undefined);
  assert.equal(reason({}, { Principal: { Federated: arnOf('id.example.com') } }), undefined);
  assert.equal(reason({}, { Principal: { AWS: '111122223333' } }), undefined);
  assert.equal(reason({}, {}, 'sts:TagSession'), undefined);
  assert.notEqual(reason({}, {}, 'STS:*'), undefined);
  assert.notEqual(reason({}, { Principal: { Federated: arnOf('ci.example.com') } }), undefined);
  const other = { Principal: { Federated: arnOf('ci.example.com') } };
  assert.equal(reason(sub('job-1', 'StringEquals', 'ci.example.com'), other), undefined);
  assert.notEqual(reason({}, { Principal: '*' }), undefined);
  assert.equal(reason({}, { Principal: '*' }, 'sts:AssumeRole'), undefined);
  assert.equal(reason(sub('repo:octo-org/*'), { Principal: '*' }), undefined);
});
