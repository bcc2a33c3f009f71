// Random policies and requests from few words, so that they meet often.

import fc from 'fast-check';
import type { Principal, Session } from '#core/caller.ts';
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
  webIdentity,
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
const variable = '${aws:username}';
const textOperators = [
  ...['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'],
  ...['StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
];
const comparisons = (family: string) =>
  ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
    (comparison) => `${family}${comparison}`,
  );
const conditions: fc.Arbitrary<NonNullable<Statement['Condition']>> = fc
  .oneof(
    fc.tuple(
      some(...textOperators),
      some('aws:username', 'aws:TagKeys', 'aws:ResourceTag/team', 'aws:PrincipalTag/team', 'AWS:principaltag/Team'),
      fc.array(text, { maxLength: 2 }),
    ),
    fc.tuple(some(...comparisons('Numeric')), some('test:n'), numbers()),
    fc.tuple(
      some(...comparisons('Date')),
      some('aws:CurrentTime', 'aws:TokenIssueTime'),
      oneOrTwo(some('2026-01-01', '2027-06-01', '2026-03-01T00:00:00Z', '2025-03-01T01:00:00+01:00')),
    ),
    fc.tuple(some('IpAddress', 'NotIpAddress'), some('aws:SourceIp'), oneOrTwo(some('10.0.0.0/8', '192.0.2.128/25'))),
    fc.tuple(
      some('ArnLike', 'ArnNotLike', 'ArnEquals', 'ArnNotEquals'),
      some('aws:PrincipalArn'),
      oneOrTwo(some('*', aliceArn, roleArn.replace('ci', '*'), `arn:*:iam::${accountId}:user/team/${variable}`)),
    ),
    fc.tuple(
      some('Bool'),
      some('aws:SecureTransport', 'aws:MultiFactorAuthPresent'),
      oneOrTwo(some('true', 'False', '${test:secure}', "${test:none, 'true'}")),
    ),
    fc.tuple(some('BinaryEquals'), some('test:bytes'), oneOrTwo(some('YWI=', 'YWJj'))),
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
  roleArn.replace('ci/', ''),
  'AROABUILDERBUILDER222',
);
const principal = fc.oneof(
  fc.constant('*' as const),
  oneOrTwo(names).map((AWS) => ({ AWS })),
  fc.constant({ Service: replication.arn }),
  some(webIdentity.arn, 'idp.example.com').map((Federated) => ({ Federated })),
  oneOrTwo(names).map((AWS) => ({ AWS, Service: replication.arn, Federated: webIdentity.arn })),
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
  return fc
    .record({
      Version: some('2012-10-17', '2012-10-17', '2008-10-17'),
      Statement: fc.array(statementOf(kind), { minLength: 1, maxLength: 3 }),
    })
    .map(documentLike);
}

/** Bool takes variables only where the version has them: then the document is of that version. */
export function documentLike(document: Document): Document {
  const isOpen = document.Statement.some(({ Condition = {} }) =>
    Object.entries(Condition).some(([name, keys]) => name.includes('Bool') && JSON.stringify(keys).includes('${')),
  );
  return isOpen ? { ...document, Version: '2012-10-17' } : document;
}

const identityDocuments = fc.array(documentOf('identity'), { maxLength: 2 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 5 });

/** Every kind of policy, the limiting ones now and then. */
export const documentSets: fc.Arbitrary<Documents> = fc
  .record({
    identity: identityDocuments,
    resource: fc.option(documentOf('resource'), { nil: undefined }),
    resourceMustAllow: some(undefined, undefined, true),
    boundary: limit(),
    session: limit(),
    scope: limit(),
    endpoint: limit(),
    serviceControl: limit(),
    resourceControl: limit(),
  })
  .map(
    // What is left out must be absent, not undefined; fromEntries forgets which member is of which type.
    (set) => Object.fromEntries(Object.entries(set).filter(([, list]) => list !== undefined)) as unknown as Documents,
  );

/** One level or two, of which most let everything pass. */
function limit() {
  const open: Document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const level = identityDocuments.chain((list) => some([...list, open], [...list, open], list));
  return fc.option(fc.array(level, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 1 });
}

const session: Session = { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '192.0.2.1' };
const role = { roleId: 'AROABUILDERBUILDER222', arn: roleArn, name: 'Builder' };
const user = { userId: alice.principalId, arn: aliceArn, name: 'alice' };
/** Callers of every kind, with and without what a session knows of whom it is for. */
export const people = some<Principal>(
  ...[alice, alice, builder, fay, root, replication, webIdentity],
  { ...builder, session: { ...session, role } },
  { ...fay, session: { ...session, user } },
);

export const requests: fc.Arbitrary<NaiveRequest> = fc
  .record({
    action: some('ecr:PutImage', 'ecr:BatchGetImage', 'iam:CreateUser'),
    name: some('ab', 'alice', 'b'),
    principal: people,
    resourceAccountId: some(accountId, accountId, otherAccountId),
    username: seldom(some('alice', 'ab', '*')),
    tagKeys: seldom(fc.array(some('a', 'ab', 'A'), { maxLength: 2 })),
    team: seldom(some('a', 'alice', 'A')),
    number: seldom(some('1', '3', '10')),
    time: some('2026-03-01T00:00:00Z', '2025-03-01T00:00:00Z'),
    address: seldom(some('10.1.2.3', '192.0.2.200', '192.0.2.1')),
    more: fc.record({
      'aws:principaltag/team': seldom(some('a', 'alice', 'A')),
      'aws:tokenissuetime': seldom(some('2026-03-01T00:00:00.000Z', '2025-03-01T00:00:00.000Z')),
      'aws:multifactorauthpresent': seldom(some('true', 'false')),
      'test:secure': seldom(some('true', 'TRUE', 'false')),
      'test:bytes': seldom(some('YWI=', 'YWJj')),
    }),
  })
  .map(({ action, name, principal: who, resourceAccountId, username, tagKeys, team, number, time, address, more }) => ({
    action,
    resource: arnOf(resourceAccountId, `repository/${name}`),
    principal: who,
    resourceAccountId,
    values: {
      'aws:principalarn': who.kind === 'assumed-role' ? roleArn : who.arn,
      'aws:currenttime': time,
      'aws:securetransport': 'true',
      ...Object.fromEntries(Object.entries(more).filter((entry): entry is [string, string] => entry[1] !== undefined)),
      ...(username === undefined ? {} : { 'aws:username': username }),
      ...(tagKeys === undefined ? {} : { 'aws:tagkeys': tagKeys }),
      ...(team === undefined ? {} : { 'aws:resourcetag/team': team }),
      ...(number === undefined ? {} : { 'test:n': number }),
      ...(address === undefined ? {} : { 'aws:sourceip': address }),
    },
  }));
