// The organisation's files as guardrails: who is under which of them, who is not, and what is no such policy.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError } from '#config/config.ts';
import { parseOrganization } from '#config/organization-parser.ts';
import { openOrganization } from './organization.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-organization-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const home = '999988887777';
const listed = '111122223333';
const other = '444455556666';

function policyFile(name: string, document: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
}

const allow = { Effect: 'Allow', Action: '*', Resource: '*' };
const deny = { Effect: 'Deny', Principal: '*', Action: 'ecr:*', Resource: '*' };
const all = policyFile('all.json', { Version: '2012-10-17', Statement: allow });
const few = policyFile('few.json', { Version: '2012-10-17', Statement: { ...allow, Action: 'ecr:*' } });
const wall = policyFile('wall.json', { Version: '2012-10-17', Statement: deny });

const setting = (more: object = {}, root: object = {}) =>
  parseOrganization({
    id: 'o-example1',
    units: {
      'r-ab12': { serviceControl: [all], ...root },
      'ou-1': { parent: 'r-ab12', resourceControl: [wall] },
      'ou-2': { parent: 'ou-1', serviceControl: [all, few] },
    },
    accounts: { [listed]: { unit: 'ou-2', serviceControl: [few] } },
    ...more,
  });

const names = (levels: ReadonlyArray<ReadonlyArray<{ readonly name: string }>> | undefined) =>
  levels?.map((level) => level.map(({ name }) => name.slice(folder.length + 1)));

test('an account is under the root, its units and its own policies, level by level', () => {
  const guardrails = openOrganization(setting(), home)(listed);
  assert.deepEqual(names(guardrails?.serviceControl), [['all.json'], ['all.json', 'few.json'], ['few.json']]);
  assert.deepEqual(names(guardrails?.resourceControl), [['wall.json']]);
  assert.deepEqual(guardrails?.organization, { id: 'o-example1', path: 'o-example1/r-ab12/ou-1/ou-2/' });
});

test('an account that is not listed is under the root alone', () => {
  const guardrails = openOrganization(setting(), home)(other);
  assert.deepEqual(names(guardrails?.serviceControl), [['all.json']]);
  assert.deepEqual(guardrails?.resourceControl, []);
  assert.equal(guardrails?.organization.path, 'o-example1/r-ab12/');
});

test('nothing limits the management account, which is the home account unless another is named', () => {
  const unlimited = openOrganization(setting(), home)(home);
  assert.deepEqual([unlimited?.serviceControl, unlimited?.resourceControl], [[], []]);
  assert.equal(unlimited?.organization.id, 'o-example1');
  const named = openOrganization(setting({ managementAccount: listed }), home);
  assert.deepEqual(named(listed)?.serviceControl, []);
  assert.equal(named(listed)?.organization.path, 'o-example1/r-ab12/ou-1/ou-2/');
  assert.deepEqual(names(named(home)?.serviceControl), [['all.json']]);
});

test('the same objects each time, so that decisions and compiled policies are kept', () => {
  const guardrailsOf = openOrganization(setting(), home);
  for (const account of [home, listed, other]) assert.equal(guardrailsOf(account), guardrailsOf(account));
  const [root, unit] = guardrailsOf(listed)?.serviceControl ?? [];
  assert.equal(root?.[0], unit?.[0]);
});

const wrong: ReadonlyArray<readonly [what: string, kind: string, document: unknown, message: RegExp]> = [
  [
    'a principal',
    'serviceControl',
    { Statement: { ...allow, Principal: '*' } },
    /:1:\d+: A service control policy has no element Principal/,
  ],
  ['no resource', 'serviceControl', { Statement: { Effect: 'Deny', Action: '*' } }, /needs the element Resource/],
  [
    'no principal',
    'resourceControl',
    { Statement: { Effect: 'Deny', Action: 'ecr:*', Resource: '*' } },
    /needs the element Principal/,
  ],
  [
    'another principal',
    'resourceControl',
    { Statement: { ...deny, Principal: { AWS: listed } } },
    /The Principal of a resource control policy is \*/,
  ],
  [
    'everybody but one',
    'resourceControl',
    { Statement: { Effect: 'Deny', NotPrincipal: '*', Action: 'ecr:*', Resource: '*' } },
    /Principal of a resource control/,
  ],
  ['an allow', 'resourceControl', { Statement: { ...deny, Effect: 'Allow' } }, /its Effect is Deny/],
  ['every action', 'resourceControl', { Statement: { ...deny, Action: '*' } }, /names a service/],
  [
    'all actions but some',
    'resourceControl',
    { Statement: { Effect: 'Deny', Principal: '*', NotAction: 'ecr:*', Resource: '*' } },
    /no element NotAction/,
  ],
  [
    'a service without them',
    'resourceControl',
    { Statement: { ...deny, Action: 'iam:*' } },
    /knows no resource control policies/,
  ],
  ['no JSON', 'serviceControl', '{\n  x', /:2:3: /],
];
for (const [what, kind, document, message] of wrong) {
  test(`${kind} with ${what} is refused by file, line and column`, () => {
    const file = policyFile('wrong.json', document);
    assert.throws(
      () => openOrganization(setting({}, { [kind]: [file] }), home),
      (error) =>
        error instanceof ConfigError &&
        error.message.startsWith(`organization: ${file}`) &&
        message.test(error.message),
    );
  });
}

test('a file that is not there is named', () => {
  const gone = join(folder, 'gone.json');
  const open = () => openOrganization(setting({}, { serviceControl: [gone] }), home);
  assert.throws(open, /gone\.json cannot be read: ENOENT/);
});
