// The forms of principals that policies may name (iam.md §1).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PolicySyntaxError, parsePolicy } from './parse.ts';

function parse(principal: unknown, element = 'Principal') {
  const statement = { Effect: 'Allow', [element]: principal, Action: 'ecr:BatchGetImage' };
  return parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statement }), 'resource');
}

const good: readonly unknown[] = [
  '*',
  { AWS: '*' },
  { AWS: '111122223333' },
  { AWS: ['111122223333', 'arn:aws:iam::444455556666:root'] },
  { AWS: 'arn:aws:iam::111122223333:user/alice' },
  { AWS: 'arn:aws:iam::111122223333:user/division/team/alice+x=1,2.3@home-1_' },
  { AWS: 'arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/Name' },
  { AWS: 'arn:aws:sts::111122223333:assumed-role/Role/session@example.org' },
  { AWS: 'arn:aws:sts::111122223333:federated-user/Fay' },
  { AWS: 'arn:aws-us-gov:iam::111122223333:root' },
  { AWS: 'AIDAALICEALICEALICE22' },
  { AWS: 'AROAROLEROLEROLEROLE2' },
  { AWS: 'AROAROLEROLEROLEROLE2:session@example.org' },
  { Service: 'codebuild.amazonaws.com' },
  { Service: ['a.amazonaws.com', 'b.us-east-1.amazonaws.com'], AWS: '*' },
  { Federated: 'accounts.google.com' },
  { Federated: 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com' },
  { Federated: 'arn:aws:iam::111122223333:saml-provider/Corp' },
  { CanonicalUser: '0123456789abcdef'.repeat(4) },
];

for (const principal of good) {
  test(`accepted: ${JSON.stringify(principal)}`, () => {
    parse(principal);
    parse(principal, 'NotPrincipal');
  });
}

const bad: readonly unknown[] = [
  '111122223333',
  'alice',
  [],
  ['*'],
  {},
  { AWS: [] },
  { AWS: '' },
  { AWS: 111122223333 },
  { AWS: '11112222333' },
  { AWS: 'alice' },
  { AWS: 'arn:aws:iam::111122223333:*' },
  { AWS: 'arn:aws:iam::111122223333:user/*' },
  { AWS: 'arn:aws:iam::111122223333:user/al?ce' },
  { AWS: 'arn:aws:iam::*:root' },
  { AWS: 'arn:aws:iam::111122223333:user/' },
  { AWS: 'arn:aws:iam::111122223333:group/admins' },
  { AWS: 'arn:aws:iam::111122223333:policy/p' },
  { AWS: 'arn:aws:iam:us-east-1:111122223333:user/alice' },
  { AWS: 'arn:aws:iam::111122223333:assumed-role/Role/session' },
  { AWS: 'arn:aws:sts::111122223333:assumed-role/Role' },
  { AWS: 'arn:aws:sts::111122223333:assumed-role/Role/*' },
  { AWS: 'arn:aws:s3:::bucket' },
  { AWS: 'AIDAALICEALICEALICE22:session' },
  { AWS: 'AROAROLEROLEROLEROLE2:*' },
  { Service: '*' },
  { Service: 'codebuild' },
  { Service: '*.amazonaws.com' },
  { Federated: '*' },
  { Federated: 'arn:aws:iam::111122223333:oidc-provider/*' },
  { CanonicalUser: 'xyz' },
  { aws: '*' },
  { User: 'alice' },
];

for (const principal of bad) {
  test(`refused: ${JSON.stringify(principal)}`, () => {
    assert.throws(() => parse(principal), PolicySyntaxError);
    assert.throws(() => parse(principal, 'NotPrincipal'), PolicySyntaxError);
  });
}

test('an invalid principal is named as IAM names it', () => {
  const message = 'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/*"';
  assert.throws(() => parse({ AWS: 'arn:aws:iam::111122223333:user/*' }), { message });
});
