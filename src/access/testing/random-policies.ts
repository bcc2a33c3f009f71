// Random policies and requests from few words, so that they meet often.

import fc from 'fast-check';
import type { Document, Documents, NaiveRequest, Statement } from './naive-evaluator.ts';
import {
  accountId,
  alice,
  aliceArn,
  builder,
  fay,
  federatedArn,
  otherAccountId,
  replication,
  roleArn,
  root,
  rootArn,
  sessionArn,
} from './principals.ts';

const some = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const oneOrTwo = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });

const actions = some('*', '*', 'ecr:*', 'ecr:*', 'ecr:Put?mage', 'ECR:putimage', 'ecr:Batch*', 'iam:*');
const arnOf = (account: string, rest: string) => `arn:aws:ecr:us-east-1:${account}:${rest}`;
const resources = some(
  '*',
  '*',
  arnOf(accountId, 'repository/*'),
  arnOf(accountId, 'repository/a?'),
  arnOf(otherAccountId, 'repository/ab'),
  arnOf('*', 'repository/${aws:username}'),
  arnOf('*', "repository/${test:none, 'ab'}"),
  arnOf('*', 'repository/${test:none}'),
);

const text = some('a', 'ab', 'a*', '*', 'A', 'alice', '${aws:username}', '${test:none}', "${test:none, 'ab'}");
const conditions: fc.Arbitrary<NonNullable<Statement['Condition']>> = fc
  .oneof(
    fc.tuple(
      some('StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike', 'StringEqualsIgnoreCase'),
      some('aws:username', 'aws:TagKeys', 'aws:ResourceTag/team'),
      fc.array(text, { maxLength: 2 }),
    ),
    fc.tuple(some('NumericLessThan', 'NumericNotEquals', 'NumericGreaterThanEquals'), some('test:n'), numbers()),
    fc.tuple(
      some('DateLessThan', 'DateGreaterThan'),
      some('aws:CurrentTime'),
      oneOrTwo(some('2026-01-01', '2027-06-01')),
    ),
    fc.tuple(some('IpAddress', 'NotIpAddress'), some('aws:SourceIp'), oneOrTwo(some('10.0.0.0/8', '192.0.2.128/25'))),
    fc.tuple(
      some('ArnLike', 'ArnNotLike'),
      some('aws:PrincipalArn'),
      oneOrTwo(some('*', aliceArn, roleArn.replace('ci', '*'))),
    ),
    fc.tuple(some('Bool'), some('aws:SecureTransport'), oneOrTwo(some('true', 'False'))),
  )
  .chain(([operator, key, wanted]) =>
    fc
      .tuple(some('', '', '', 'ForAnyValue:', 'ForAllValues:'), some('', '', 'IfExists'))
      .map(([prefix, suffix]) => ({ [`${prefix}${operator}${suffix}`]: { [key]: wanted } })),
  );
const nulls = fc.tuple(some('aws:username', 'aws:TagKeys', 'test:none'), some('true', 'false'));
const condition = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 3, arbitrary: conditions },
  { weight: 1, arbitrary: nulls.map(([key, wanted]) => ({ Null: { [key]: wanted } })) },
  { weight: 1, arbitrary: fc.tuple(conditions, conditions).map(([one, two]) => ({ ...one, ...two })) },
);

function numbers() {
  return oneOrTwo(some('1', '5', '1e1'));
}

const names = some(
  '*',
  accountId,
  rootArn,
  aliceArn,
  roleArn,
  sessionArn,
  federatedArn,
  alice.principalId,
  otherAccountId,
);
const principal = fc.oneof(
  fc.constant('*' as const),
  oneOrTwo(names).map((AWS) => ({ AWS })),
  fc.constant({ Service: replication.arn }),
);

const bothEffects = ['Allow', 'Allow', 'Deny'] as const;

/** A statement of an identity or a resource policy. */
export function statementOf(kind: 'identity' | 'resource', effect?: 'Allow' | 'Deny'): fc.Arbitrary<Statement> {
  const who = fc.tuple(some('Principal', 'Principal', 'NotPrincipal'), principal);
  return fc
    .record({
      Effect: some<Statement['Effect']>(...(effect === undefined ? bothEffects : [effect])),
      what: fc.tuple(some('Action', 'Action', 'NotAction'), oneOrTwo(actions)),
      on: fc.option(fc.tuple(some('Resource', 'Resource', 'NotResource'), oneOrTwo(resources)), { nil: undefined }),
      who,
      Condition: condition,
    })
    .map(({ Effect, what, on, who: named, Condition }) => ({
      Effect,
      [what[0]]: what[1],
      ...(on === undefined && kind === 'identity' ? { Resource: '*' } : on === undefined ? {} : { [on[0]]: on[1] }),
      ...(kind === 'resource' ? { [named[0]]: named[1] } : {}),
      ...(Condition === undefined ? {} : { Condition }),
    }));
}

function documentOf(kind: 'identity' | 'resource'): fc.Arbitrary<Document> {
  return fc.record({
    Version: some('2012-10-17', '2012-10-17', '2008-10-17'),
    Statement: fc.array(statementOf(kind), { minLength: 1, maxLength: 3 }),
  });
}

const identityDocuments = fc.array(documentOf('identity'), { maxLength: 2 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 5 });

/** Every kind of policy, the limiting ones now and then. */
export const documentSets: fc.Arbitrary<Documents> = fc
  .record({
    identity: identityDocuments,
    resource: fc.option(documentOf('resource'), { nil: undefined }),
    boundary: limit(),
    session: limit(),
    endpoint: limit(),
    serviceControl: limit(),
    resourceControl: limit(),
  })
  .map(
    // What is left out must be absent, not undefined; fromEntries forgets which member is of which type.
    (set) => Object.fromEntries(Object.entries(set).filter(([, list]) => list !== undefined)) as unknown as Documents,
  );

function limit() {
  const open: Document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  return fc.option(
    identityDocuments.chain((list) => some([...list, open], list)),
    { nil: undefined, freq: 1 },
  );
}

export const requests: fc.Arbitrary<NaiveRequest> = fc
  .record({
    action: some('ecr:PutImage', 'ecr:BatchGetImage', 'iam:CreateUser'),
    name: some('ab', 'alice', 'b'),
    principal: some(alice, alice, builder, builder, fay, root, replication),
    resourceAccountId: some(accountId, accountId, otherAccountId),
    username: seldom(some('alice', 'ab', '*')),
    tagKeys: seldom(fc.array(some('a', 'ab', 'A'), { maxLength: 2 })),
    team: seldom(some('a', 'alice', 'A')),
    number: seldom(some('1', '3', '10')),
    time: some('2026-03-01T00:00:00Z', '2025-03-01T00:00:00Z'),
    address: seldom(some('10.1.2.3', '192.0.2.200', '192.0.2.1')),
  })
  .map(({ action, name, principal: who, resourceAccountId, username, tagKeys, team, number, time, address }) => ({
    action,
    resource: arnOf(resourceAccountId, `repository/${name}`),
    principal: who,
    resourceAccountId,
    values: {
      'aws:principalarn': who.kind === 'assumed-role' ? roleArn : who.arn,
      'aws:currenttime': time,
      'aws:securetransport': 'true',
      ...(username === undefined ? {} : { 'aws:username': username }),
      ...(tagKeys === undefined ? {} : { 'aws:tagkeys': tagKeys }),
      ...(team === undefined ? {} : { 'aws:resourcetag/team': team }),
      ...(number === undefined ? {} : { 'test:n': number }),
      ...(address === undefined ? {} : { 'aws:sourceip': address }),
    },
  }));
