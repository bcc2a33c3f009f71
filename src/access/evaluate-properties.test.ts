// What holds for all policies: Deny wins, an Allow takes nothing away, and a naive evaluator says the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionContext } from './context.ts';
import { type AccessRequest, evaluate } from './evaluate.ts';
import { compiledDocuments } from './testing/compiled-documents.ts';
import { type Document, type Documents, type NaiveRequest, naivelyAllowed } from './testing/naive-evaluator.ts';
import { documentLike, documentSets, requests, statementOf } from './testing/random-policies.ts';

function requestOf({ values, ...request }: NaiveRequest): AccessRequest {
  return { ...request, context: conditionContext(values) };
}

const decide = (request: NaiveRequest, documents: Documents) =>
  evaluate(requestOf(request), compiledDocuments(documents));

/** `SALLYPORT_CASES=100000 npm test -- src/access/evaluate-properties.test.ts` is the long form. */
const casesWanted = Number(process.env['SALLYPORT_CASES'] ?? 6000);

test(`it agrees with the naive evaluator in ${casesWanted} cases`, (context) => {
  const seed = Number(process.env['SALLYPORT_SEED'] ?? Math.floor(Date.now() % 2 ** 31));
  context.diagnostic(`SALLYPORT_SEED=${seed}`);
  let allowedCount = 0;
  fc.assert(
    fc.property(requests, documentSets, (request, documents) => {
      const { allowed } = decide(request, documents);
      if (allowed) allowedCount += 1;
      return allowed === naivelyAllowed(request, documents);
    }),
    { numRuns: casesWanted, seed },
  );
  context.diagnostic(`${casesWanted} cases, ${allowedCount} allowed, 0 differences`);
  assert.ok(
    allowedCount > casesWanted / 25 && allowedCount < casesWanted / 1.5,
    `${allowedCount} of ${casesWanted} allowed`,
  );
});

test('it agrees with the naive evaluator on single statements', () => {
  const versions = fc.constantFrom('2012-10-17', '2012-10-17', '2008-10-17');
  const open: Document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const statements = fc.tuple(fc.boolean(), statementOf('identity'), statementOf('resource'));
  fc.assert(
    fc.property(requests, versions, statements, (request, Version, [isIdentity, own, atResource]) => {
      const document = documentLike({ Version, Statement: [isIdentity ? own : atResource] });
      const identity = isIdentity ? [document] : [];
      // A Deny shows only beside something that allows.
      const isDeny = document.Statement[0]?.Effect === 'Deny';
      const documents = { identity: isDeny ? [...identity, open] : identity, session: [[open]] };
      const all = isIdentity ? documents : { ...documents, resource: document };
      return decide(request, all).allowed === naivelyAllowed(request, all);
    }),
    { numRuns: 6000 },
  );
});

const limits = ['boundary', 'session', 'scope', 'endpoint', 'serviceControl', 'resourceControl'] as const;
type Limit = (typeof limits)[number];

/** The same with a document more among the identity policies, or at each level of what limits. */
function withDocument(documents: Documents, member: Limit | 'identity', added: Document): Documents {
  if (member === 'identity') return { ...documents, identity: [...documents.identity, added] };
  const levels = documents[member] ?? [[]];
  return { ...documents, [member]: levels.map((level) => [...level, added]) };
}

test('Deny always wins, wherever it stands', () => {
  const denial: Document = { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };
  fc.assert(
    fc.property(requests, documentSets, fc.constantFrom('identity', ...limits), (request, documents, member) => {
      return decide(request, withDocument(documents, member, denial)).reason === 'explicit-deny';
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
  fc.assert(
    fc.property(requests, documentSets, statementOf('identity', 'Allow'), (request, documents, statement) => {
      if (!decide(request, documents).allowed) return true;
      const present = limits.filter((member) => documents[member] !== undefined);
      return ['identity' as const, ...present].every(
        (member) => decide(request, withDocument(documents, member, documentLike({ Statement: [statement] }))).allowed,
      );
    }),
    { numRuns: 2000 },
  );
});

test('adding an Allow statement to a resource policy never removes access', () => {
  const added = statementOf('resource', 'Allow');
  fc.assert(
    fc.property(requests, documentSets, added, fc.nat(3), (request, documents, statement, at) => {
      // What needs another version than the document's would change what the others mean.
      const isApart = documentLike({ Statement: [statement] }).Version !== undefined;
      if (isApart || !decide(request, documents).allowed) return true;
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
      const { identity, resource } = compiledDocuments(documents);
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
