// Renaming principals touches their names and nothing else, and finds them wherever a policy may have them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePolicy } from './parse.ts';
import { principalNames, renamePrincipals } from './principal-names.ts';

const user = 'arn:aws:iam::123456789012:user/team/alice';
const session = 'arn:aws:sts::123456789012:assumed-role/builder/one';
const text = `{ "Version":"2012-10-17",
  "Statement": [
    {"Effect":"Allow", "Principal":{ "AWS" : ["${user}","123456789012", "arn:aws:iam::123456789012:root"]},
     "Action":"ecr:*", "Condition":{"StringEquals":{"aws:PrincipalArn":"${user}"}}},
    {"Effect":"Deny","NotPrincipal":{"AWS":"${session}"},"Action":"ecr:*"},
    {"Effect":"Deny","Principal":"*","Action":"${'ecr:PutImage'}"},
    {"Effect":"Allow","Principal":{"AWS":"AIDAALICEALICEALICE22","Service":"ecr.amazonaws.com"},"Action":"ecr:*"}
  ] }`;

test('finds users, roles, sessions and unique ids with their places', () => {
  parsePolicy(text, 'resource');
  assert.deepEqual(principalNames(text), [
    { name: user, line: 3, column: 47 },
    { name: session, line: 5, column: 44 },
    { name: 'AIDAALICEALICEALICE22', line: 7, column: 42 },
  ]);
});

test('renames them and leaves the rest as it was, escapes in names included', () => {
  const renamed = renamePrincipals(text, new Map([[user, 'AIDAALICEALICEALICE33']]));
  assert.equal(renamed, text.replace(`[ "${user}"`, '').replace(`"${user}","1`, '"AIDAALICEALICEALICE33","1'));
  const escaped = text.replace('team/alice"', 'team\\u002falice"');
  assert.equal(renamePrincipals(escaped, new Map([[user, 'AIDAALICEALICEALICE33']])), renamed);
  assert.equal(renamePrincipals(text, new Map()), text);
});

test('there and back again is the same text', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(names, (list) => {
      const arns = list.map((name) => `arn:aws:iam::123456789012:user/${name}`);
      const ids = arns.map((_, index) => `AIDA${String(index).padStart(17, 'A')}`);
      const Statement = [{ Effect: 'Allow', Principal: { AWS: arns }, Action: 'ecr:*' }];
      const document = JSON.stringify({ Version: '2012-10-17', Statement }, null, 2);
      const there = renamePrincipals(document, new Map(arns.map((arn, at) => [arn, ids[at] ?? ''])));
      assert.ok(!there.includes('arn:'));
      return renamePrincipals(there, new Map(ids.map((id, at) => [id, arns[at] ?? '']))) === document;
    }),
  );
});
