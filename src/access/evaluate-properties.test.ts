// What holds for all policies: Deny wins, an Allow takes nothing away, and a naive evaluator says the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionContext } from './context.ts';
import { type AccessRequest, evaluate, type PolicySet } from './evaluate.ts';
import { type Document, type Documents, type NaiveRequest, naivelyAllowed } from './testing/naive-evaluator.ts';
import { policyOf } from './testing/principals.ts';
import { documentSets, requests, statementOf } from './testing/random-policies.ts';

function compiled({ identity, resource, ...limits }: Documents): PolicySet {
  const all = (list: readonly Document[]) => list.map((document) => policyOf('identity', document));
  return {
    identity: all(identity),
    ...(resource === undefined ? {} : { resource: policyOf('resource', resource) }),
    ...Object.fromEntries(Object.entries(limits).map(([member, list]) => [member, [all(list)]])),
  };
}

function requestOf({ values, ...request }: NaiveRequest): AccessRequest {
  return { ...request, context: conditionContext(values) };
}

const decide = (request: NaiveRequest, documents: Documents) => evaluate(requestOf(request), compiled(documents));

test('it agrees with the naive evaluator', () => {
  let allowedCount = 0;
  const numRuns = 6000;
  fc.assert(
    fc.property(requests, documentSets, (request, documents) => {
      const { allowed } = decide(request, documents);
      if (allowed) allowedCount += 1;
      return allowed === naivelyAllowed(request, documents);
    }),
    { numRuns },
  );
  assert.ok(allowedCount > numRuns / 20 && allowedCount < numRuns / 1.5, `${allowedCount} of ${numRuns} allowed`);
});

test('it agrees with the naive evaluator on single statements', () => {
  const versions = fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17');
  const open: Document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const statements = fc.tuple(fc.boolean(), statementOf('identity'), statementOf('resource'));
  fc.assert(
    fc.property(requests, versions, statements, (request, Version, [isIdentity, own, atResource]) => {
      const document = { Version, Statement: [isIdentity ? own : atResource] };
      const identity = isIdentity ? [document] : [];
      // A Deny shows only beside something that allows.
      const isDeny = document.Statement[0]?.Effect === 'Deny';
      const documents = { identity: isDeny ? [...identity, open] : identity, session: [open] };
      const all = isIdentity ? documents : { ...documents, resource: document };
      return decide(request, all).allowed === naivelyAllowed(request, all);
    }),
    { numRuns: 6000 },
  );
});

type ListMember = Exclude<keyof Documents, 'resource'>;
const members: readonly ListMember[] = [
  'identity',
  'boundary',
  'session',
  'endpoint',
  'serviceControl',
  'resourceControl',
];

test('Deny always wins, wherever it stands', () => {
  const denial = { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] } as const;
  fc.assert(
    fc.property(requests, documentSets, fc.constantFrom(...members), (request, documents, member) => {
      const denied = { ...documents, [member]: [...(documents[member] ?? []), denial] };
      return decide(request, denied).reason === 'explicit-deny';
    }),
    { numRuns: 1000 },
  );
});

test('Deny always wins, in a resource policy', () => {
  const denial = { Effect: 'Deny', Principal: '*', Action: '*' } as const;
  fc.assert(
    fc.property(requests, documentSets, (request, documents) => {
      const { Statement = [], ...rest } = documents.resource ?? {};
      return (
        decide(request, { ...documents, resource: { ...rest, Statement: [...Statement, denial] } }).reason ===
        'explicit-deny'
      );
    }),
    { numRuns: 1000 },
  );
});

test('adding an Allow statement never removes access', () => {
  const index = fc.nat(3);
  fc.assert(
    fc.property(
      requests,
      documentSets,
      statementOf('identity', 'Allow'),
      index,
      (request, documents, statement, at) => {
        if (!decide(request, documents).allowed) return true;
        return members.every((member) => {
          const list = documents[member];
          if (list === undefined) return true;
          const more = list.map((document) => ({
            ...document,
            Statement: document.Statement.toSpliced(at, 0, statement),
          }));
          return decide(request, { ...documents, [member]: [...more, { Statement: [statement] }] }).allowed;
        });
      },
    ),
    { numRuns: 2000 },
  );
});

test('adding an Allow statement to a resource policy never removes access', () => {
  const added = statementOf('resource', 'Allow');
  fc.assert(
    fc.property(requests, documentSets, added, fc.nat(3), (request, documents, statement, at) => {
      if (!decide(request, documents).allowed) return true;
      const { Statement = [], ...rest } = documents.resource ?? { Version: '2012-10-17' };
      const resource = { ...rest, Statement: Statement.toSpliced(at, 0, statement) };
      return decide(request, { ...documents, resource }).allowed;
    }),
    { numRuns: 2000 },
  );
});

test('a decision of policies that read nothing that varies stays the same in every context', () => {
  fc.assert(
    fc.property(requests, requests, documentSets, (one, two, documents) => {
      const { identity, resource } = compiled(documents);
      const set = { identity, ...(resource === undefined ? {} : { resource }) };
      const all = [...identity, ...(resource === undefined ? [] : [resource])];
      if (all.some(({ reads }) => reads.always || reads.keys.length + reads.turns.length > 0)) return true;
      const stable = ['aws:principalarn', 'aws:username', 'aws:resourcetag/team'];
      const kept = Object.fromEntries(Object.entries(one.values).filter(([key]) => stable.includes(key)));
      const rest = Object.fromEntries(Object.entries(two.values).filter(([key]) => !stable.includes(key)));
      const changed = { ...one, values: { ...kept, ...rest } };
      return evaluate(requestOf(one), set).allowed === evaluate(requestOf(changed), set).allowed;
    }),
    { numRuns: 1000 },
  );
});
