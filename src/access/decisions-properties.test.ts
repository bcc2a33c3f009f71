// Whole calls, kept decisions included, are decided as the naive evaluator decides: context, guardrails, exemptions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Caller, Principal } from '#core/caller.ts';
import { need } from '#core/need.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import type { Applying } from './applying.ts';
import { openDecisions } from './decisions.ts';
import { callerOf, guardrailsOf } from './testing/callers.ts';
import { type Document, type Documents, type Levels, naivelyAllowed } from './testing/naive-evaluator.ts';
import type { Values } from './testing/naive-glob.ts';
import { accountId, builder, otherAccountId, roleArn } from './testing/principals.ts';
import { documentSets, people, statementOf } from './testing/random-policies.ts';

interface Setting {
  readonly documents: Documents;
  readonly principalTag: string | undefined;
  readonly resourceTag: string | undefined;
  readonly owner: string;
}

interface Asked {
  readonly caller: Caller;
  readonly action: string;
  readonly name: string;
  readonly tagKeys: readonly string[];
  readonly nowMs: number;
}

const linkedRole = {
  roleId: 'AROALINKEDLINKEDLINK',
  arn: roleArn.replace('ci', 'aws-service-role/ecr'),
  name: 'Builder',
};
const linked: Principal = {
  ...builder,
  session: { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '192.0.2.1', role: linkedRole },
};
const seldom = <T>(...values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });

/** A resource control policy denies to everybody, and names a service. */
const resourceControls: fc.Arbitrary<Levels> = fc.array(
  fc
    .tuple(fc.constantFrom('ecr:*', 'ecr:Put*', 'ecr:BatchGetImage', 'sts:*'), statementOf('identity', 'Deny'))
    .map(([Action, { Condition = {} }]): readonly Document[] => [
      { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action, Resource: '*', Condition }] },
    ]),
  { maxLength: 2 },
);

/** What is made otherwise here, or is no part of these calls. */
const replaced: ReadonlySet<string> = new Set(['resourceControl', 'endpoint', 'scope']);

const settings: fc.Arbitrary<Setting> = fc
  .record({
    documents: documentSets,
    resourceControl: fc.option(resourceControls, { nil: undefined, freq: 1 }),
    principalTag: seldom('a', 'alice', 'A'),
    resourceTag: seldom('a', 'alice', 'A'),
    owner: fc.constantFrom(accountId, accountId, otherAccountId),
  })
  .map(({ documents, resourceControl, ...rest }) => {
    const kept = Object.entries(documents).filter(([member]) => !replaced.has(member));
    const others = Object.fromEntries(kept) as Omit<Documents, 'identity'>;
    const set: Documents = { identity: documents.identity, ...others };
    return { documents: resourceControl === undefined ? set : { ...set, resourceControl }, ...rest };
  });

const calls: fc.Arbitrary<Asked> = fc
  .record({
    principal: fc.oneof({ weight: 3, arbitrary: people }, { weight: 1, arbitrary: fc.constant(linked) }),
    mfa: fc.boolean(),
    tokenIssuedAtMs: seldom(Date.UTC(2026, 2, 1), Date.UTC(2025, 2, 1)),
    sourceAddress: fc.constantFrom('10.1.2.3', '192.0.2.200', '192.0.2.1'),
    secureTransport: fc.boolean(),
    action: fc.constantFrom('ecr:PutImage', 'ecr:BatchGetImage', 'iam:CreateUser'),
    name: fc.constantFrom('ab', 'alice'),
    tagKeys: fc.array(fc.constantFrom('a', 'ab', 'A'), { maxLength: 2 }),
    nowMs: fc.constantFrom(...[0, 1, -1].map((ms) => Date.UTC(2026, 0, 1) + ms), Date.UTC(2027, 5, 1)),
  })
  .map(({ principal, mfa, tokenIssuedAtMs, sourceAddress, secureTransport, ...asked }) => {
    const session = principal.session && { ...principal.session, ...(mfa ? { mfaAtMs: 0 } : {}) };
    const who = session === undefined ? principal : { ...principal, session };
    const caller = callerOf(who, { sourceAddress, secureTransport });
    return { ...asked, caller: tokenIssuedAtMs === undefined ? caller : { ...caller, tokenIssuedAtMs } };
  });

const stored = (document: Document): PolicyDocument => ({ name: 'a-policy', text: JSON.stringify(document) });
const storedLevels = (levels: Levels | undefined) => levels?.map((level) => level.map(stored));

function applyingOf({ documents, principalTag, resourceTag, owner }: Setting): Applying {
  const { identity, resource, resourceMustAllow, boundary, session, serviceControl, resourceControl } = documents;
  const limits = storedLevels(session);
  // A boundary is one policy: what several allow, one of them with all statements allows.
  const [first] = boundary ?? [];
  const wall = first === undefined ? undefined : stored(first[0] ?? nothing);
  return {
    principal: {
      identity: identity.map(stored),
      tags: principalTag === undefined ? {} : { Team: principalTag },
      ...(wall === undefined ? {} : { boundary: wall }),
      ...(limits === undefined ? {} : { session: limits }),
    },
    resource: {
      accountId: owner,
      policy: resource && stored(resource),
      mustAllow: resourceMustAllow === true,
      tags: resourceTag === undefined ? {} : { team: resourceTag },
    },
    endpoint: undefined,
    guardrails: serviceControl && guardrailsOf({ serviceControl: storedLevels(serviceControl) ?? [] }),
    resourceGuardrails: resourceControl && guardrailsOf({ resourceControl: storedLevels(resourceControl) ?? [] }),
    scope: undefined,
  };
}

const nothing: Document = { Statement: [{ Effect: 'Allow', Action: 'none:Nothing', Resource: '*' }] };
const everything: Document = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** What applies, as the documentation has it. */
function naiveDocuments({ documents }: Setting, { caller, action }: Asked): Documents {
  const { boundary, serviceControl, resourceControl, ...rest } = documents;
  const { kind, session } = caller.principal;
  const isLinked = session?.role?.arn.includes('/aws-service-role/') === true;
  const isMember = kind !== 'service' && kind !== 'web-identity' && !isLinked;
  return {
    ...rest,
    ...(boundary === undefined ? {} : { boundary: [[boundary[0]?.[0] ?? nothing]] }),
    ...(serviceControl === undefined || !isMember ? {} : { serviceControl }),
    ...(resourceControl === undefined || isLinked || action.startsWith('iam:')
      ? {}
      : { resourceControl: resourceControl.map((level) => [...level, everything]) }),
  };
}

function naiveValues({ principalTag, resourceTag }: Setting, { caller, tagKeys, nowMs }: Asked): Values {
  const { principal, call, tokenIssuedAtMs } = caller;
  const { kind, session } = principal;
  const issuedAtMs = session?.issuedAtMs ?? tokenIssuedAtMs;
  const isPerson = kind === 'user' || kind === 'root';
  const values: Record<string, string | readonly string[] | undefined> = {
    'aws:principalarn':
      kind === 'assumed-role' ? (session?.role?.arn ?? `arn:aws:iam::${accountId}:role/Builder`) : principal.arn,
    'aws:username': kind === 'user' ? 'alice' : undefined,
    'aws:tagkeys': tagKeys.length === 0 ? undefined : tagKeys,
    'aws:resourcetag/team': resourceTag,
    'aws:principaltag/team': principalTag,
    'aws:currenttime': new Date(nowMs).toISOString(),
    'aws:tokenissuetime': issuedAtMs === undefined ? undefined : new Date(issuedAtMs).toISOString(),
    'aws:multifactorauthpresent': session && String(isPerson && session.mfaAtMs !== undefined),
    'aws:securetransport': String(call.secureTransport),
    'aws:sourceip': call.sourceAddress,
  };
  const known = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(known);
}

test('several calls beside each other, decided once and again', () => {
  let allowedCount = 0;
  const numRuns = Number(process.env['SALLYPORT_CASES'] ?? 500);
  const property = fc.property(settings, fc.array(calls, { minLength: 1, maxLength: 4 }), (setting, several) => {
    const judge = openDecisions();
    const applying = applyingOf(setting);
    return [...several, ...several].every((asked) => {
      const { caller, action, name, tagKeys, nowMs } = asked;
      const resource = `arn:aws:ecr:us-east-1:${setting.owner}:repository/${name}`;
      const { allowed } = judge(caller, need(action, resource, { tagKeys }), applying, nowMs);
      if (allowed) allowedCount += 1;
      const request = { action, resource, principal: caller.principal, resourceAccountId: setting.owner };
      const naive = { ...request, values: naiveValues(setting, asked) };
      return allowed === naivelyAllowed(naive, naiveDocuments(setting, asked));
    });
  });
  fc.assert(property, { numRuns });
  assert.ok(allowedCount > numRuns / 4, `${allowedCount} allowed`);
});
