// Which decisions are kept: by the objects that apply and by what the policies read, and never longer than that.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { need } from '#core/need.ts';
import type { Applying } from './applying.ts';
import { openDecisions } from './decisions.ts';
import { applyingOf, callerOf, documentOf, guardrailsOf, nowMs } from './testing/callers.ts';
import { alice, allowAll, builder, denyAll, repository } from './testing/principals.ts';

const pull = need('ecr:BatchGetImage', repository);
const withCondition = (condition: object) =>
  applyingOf({ principal: { identity: [documentOf({ ...allowAll, Condition: condition })], tags: {} } });

/** The identical decision comes back exactly when it was kept. */
function keeps(applying: Applying) {
  const judge = openDecisions();
  const caller = callerOf(alice);
  return judge(caller, pull, applying, nowMs) === judge(caller, pull, applying, nowMs + 1);
}

test('a decision is kept while the same objects apply', () => {
  assert.equal(keeps(applyingOf()), true);
});

const replaced: ReadonlyArray<readonly [member: keyof Applying, changes: Partial<Applying>]> = [
  ['principal', { principal: { identity: [], tags: {} } }],
  [
    'resource',
    {
      resource: {
        accountId: '111122223333',
        policy: documentOf({ Effect: 'Deny', Principal: '*', Action: '*' }),
        tags: {},
      },
    },
  ],
  ['endpoint', { endpoint: { policy: documentOf({ Effect: 'Deny', Principal: '*', Action: '*' }), vpcId: 'vpc-1' } }],
  ['guardrails', { guardrails: guardrailsOf({ serviceControl: [[documentOf(denyAll)]] }) }],
  [
    'resourceGuardrails',
    {
      resourceGuardrails: guardrailsOf({
        resourceControl: [[documentOf({ Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' })]],
      }),
    },
  ],
  ['scope', { scope: [[documentOf(denyAll)]] }],
];
for (const [member, changes] of replaced) {
  test(`another ${member} is seen by the next request`, () => {
    const judge = openDecisions();
    const [applying, caller] = [applyingOf(), callerOf(alice)];
    assert.equal(judge(caller, pull, applying, nowMs).allowed, true);
    assert.equal(judge(caller, pull, { ...applying, ...changes }, nowMs).allowed, false);
    assert.equal(judge(caller, pull, applying, nowMs).allowed, true);
  });
}

test('other principals, actions and resources have decisions of their own', () => {
  const statement = { ...allowAll, Action: 'ecr:BatchGetImage', Resource: repository };
  const applying = applyingOf({
    principal: {
      identity: [documentOf({ ...statement, Condition: { StringEquals: { 'aws:username': 'alice' } } })],
      tags: {},
    },
  });
  const judge = openDecisions();
  assert.equal(judge(callerOf(alice), pull, applying, nowMs).allowed, true);
  assert.equal(judge(callerOf(builder), pull, applying, nowMs).allowed, false);
  assert.equal(judge(callerOf(alice), need('ecr:PutImage', repository), applying, nowMs).allowed, false);
  assert.equal(judge(callerOf(alice), need('ecr:BatchGetImage', `${repository}2`), applying, nowMs).allowed, false);
});

test('values that policies read are part of what a decision is kept by, others are not', () => {
  const judge = openDecisions();
  const applying = withCondition({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } });
  const from = (sourceAddress: string, userAgent = '') =>
    judge(callerOf(alice, { sourceAddress, userAgent }), pull, applying, nowMs);
  assert.equal(from('192.0.2.7').allowed, true);
  assert.equal(from('203.0.113.7').allowed, false);
  assert.equal(from('192.0.2.7').allowed, true);
  assert.equal(from('192.0.2.7'), from('192.0.2.7', 'docker'), 'nobody reads the user agent');
  assert.notEqual(from('192.0.2.8'), from('192.0.2.7'));
});

test('what the request carries is read too', () => {
  const judge = openDecisions();
  const applying = withCondition({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team', 'a', 'b'] } });
  const may = (...tagKeys: string[]) =>
    judge(callerOf(alice), need('ecr:TagResource', repository, { tagKeys }), applying, nowMs).allowed;
  assert.deepEqual(
    [may('team'), may('other'), may('team'), may('a', 'b'), may('a,b'), may('a1:b')],
    [true, false, true, true, false, false],
  );
});

test('a value that is long is not kept', () => {
  const applying = withCondition({ StringLike: { 'aws:UserAgent': 'x*' } });
  const judge = openDecisions();
  const by = (userAgent: string) => judge(callerOf(alice, { userAgent }), pull, applying, nowMs);
  assert.equal(by('x'), by('x'));
  assert.notEqual(by('x'.repeat(1000)), by('x'.repeat(1000)));
});

const instant = '2026-06-01T12:00:10Z';
for (const [operator, at, after] of [
  ['DateLessThan', false, false],
  ['DateLessThanEquals', true, false],
  ['DateGreaterThan', false, true],
  ['DateGreaterThanEquals', true, true],
  ['DateEquals', true, false],
] as const) {
  test(`${operator} of the clock turns at its instant, to the millisecond, and is kept until then`, () => {
    const judge = openDecisions();
    const applying = withCondition({ [operator]: { 'aws:CurrentTime': instant } });
    const turnMs = nowMs + 10_000;
    const of = (timeMs: number) => judge(callerOf(alice), pull, applying, timeMs);
    assert.equal(of(nowMs), of(turnMs - 1));
    assert.equal(of(turnMs).allowed, at);
    assert.equal(of(turnMs + 1).allowed, after);
    assert.equal(of(turnMs + 1), of(turnMs + 1_000_000));
    assert.equal(of(nowMs).allowed, operator.startsWith('DateLess'), 'a clock that was set back');
  });
}

test('seconds since 1970 turn with the second', () => {
  const judge = openDecisions();
  const applying = withCondition({ DateEquals: { 'aws:EpochTime': instant } });
  const may = (timeMs: number) => judge(callerOf(alice), pull, applying, nowMs + timeMs).allowed;
  assert.deepEqual([9999, 10_000, 10_999, 11_000].map(may), [false, true, true, false]);
});

test('the clock read in any other way is never kept', () => {
  assert.equal(keeps(withCondition({ StringLike: { 'aws:CurrentTime': '2026-*' } })), false);
  assert.equal(keeps(withCondition({ NumericGreaterThan: { 'aws:EpochTime': '1' } })), false);
  assert.equal(keeps(withCondition({ StringNotEquals: { 'aws:username': '${aws:CurrentTime}' } })), false);
  assert.equal(keeps(withCondition({ NumericLessThanIfExists: { 'aws:MultiFactorAuthAge': '300' } })), false);
});

test('kept or not, the decision is the one that a fresh evaluation makes', () => {
  const judge = openDecisions();
  const applyings = [
    withCondition({ IpAddress: { 'aws:SourceIp': '192.0.2.0/25' }, DateLessThan: { 'aws:CurrentTime': instant } }),
    withCondition({ StringLike: { 'aws:UserAgent': 'a*' }, DateGreaterThan: { 'aws:EpochTime': instant } }),
    withCondition({ Bool: { 'aws:SecureTransport': 'true' }, Null: { 'aws:TokenIssueTime': 'true' } }),
  ];
  const calls = fc.record({
    sourceAddress: fc.constantFrom('192.0.2.1', '192.0.2.200'),
    userAgent: fc.constantFrom('a', 'b', ''),
    secureTransport: fc.boolean(),
  });
  const times = fc.integer({ min: 9_998, max: 11_002 });
  fc.assert(
    fc.property(calls, fc.constantFrom(...applyings), times, (call, applying, afterMs) => {
      const caller = callerOf(alice, call);
      const kept = judge(caller, pull, applying, nowMs + afterMs);
      return kept.allowed === openDecisions()(caller, pull, applying, nowMs + afterMs).allowed;
    }),
    { numRuns: 2000 },
  );
});
