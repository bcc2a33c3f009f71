// Which services a policy lets somebody do something of.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantsService } from './service-grants.ts';

const cases: ReadonlyArray<readonly [why: string, statement: object, namespaces: string]> = [
  ['everything, of services that are not served too', { Action: '*' }, 'ecr iam s3 sts'],
  ['one action', { Action: 'ecr:PutImage' }, 'ecr'],
  ['some of several', { Action: ['ECR:Get*', 's3:GetObject'] }, 'ecr s3'],
  ['an action that a service does not have', { Action: 'ecr:NoSuchAction' }, ''],
  ['all but one service', { NotAction: 'ecr:*' }, 'iam s3 sts'],
  ['all but a service that is not served', { NotAction: ['s3:*'] }, 'ecr iam sts'],
  ['all but some of its actions', { NotAction: ['ecr:Put*', 's3:Put*'] }, 'ecr iam s3 sts'],
  ['nothing', { NotAction: '*' }, ''],
  ['a denial', { Effect: 'Deny', Action: 'ecr:*' }, ''],
];

for (const [why, statement, expected] of cases) {
  test(`${why}: ${expected || 'none'}`, () => {
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Resource: 'arn:aws:ecr:*:*:repository/a', ...statement },
    });
    const document = { name: 'one', text };
    const granted = ['ecr', 'iam', 's3', 'sts'].filter((namespace) => grantsService(document, namespace));
    assert.equal(granted.join(' '), expected);
  });
}
