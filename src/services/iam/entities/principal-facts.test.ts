// What decisions learn of users and roles: policies of groups, boundaries, tags, trust policies; and what quotas stop.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { collectFindings } from '#core/findings.ts';
import { findKeyUse, recordUses } from '../access-keys/tables.ts';
import { upsertBoundary } from '../boundaries/tables.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { verifyIam } from '../verification.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const pullOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly';
const document = '{"Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}';
const trustPolicy =
  '{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecr.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

const newRole = { accountId, name: 'Deployer', path: '/ci/', trustPolicy, maxSessionSeconds: 3600 };

test("a role's session brings the role's policies, boundary and tags, until the role is deleted", async (context) => {
  const { iam, close } = await openTestIam();
  context.after(close);
  const { roles, attachments, inlinePolicies } = iam.rooms;
  const owner = { kind: 'role', accountId, name: 'deployer' } as const;
  const tags = [{ Key: 'Team', Value: 'red' }];
  const { row } = await roles.create({ ...newRole, description: undefined, tags, boundary: pullOnly });
  await attachments.attach(owner, readOnly);
  await inlinePolicies.put(owner, 'one', document);
  const session: Principal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/Deployer/night`,
    principalId: `${row.role_id}:night`,
  };
  const facts = await iam.principalFacts(session);
  assert.deepEqual(
    facts.identity.map(({ name }) => name),
    [readOnly, 'one'],
  );
  assert.equal(facts.identity[1]?.text, document);
  assert.deepEqual([facts.boundary?.name, facts.tags], [pullOnly, { Team: 'red' }]);
  assert.equal(await iam.principalFacts(session), facts, 'the identical object while nothing changed');
  await attachments.detach(owner, readOnly);
  await inlinePolicies.remove(owner, 'one');
  await roles.remove(accountId, 'Deployer');
  assert.deepEqual(await iam.principalFacts(session), { identity: [], tags: {} });
});

test('a role is found by its very ARN, and its sessions stand for as long as it does', async (context) => {
  const { iam, close } = await openTestIam();
  context.after(close);
  const { row } = await iam.rooms.roles.create({ ...newRole, description: undefined, tags: [] });
  const arn = `arn:aws:iam::${accountId}:role/ci/Deployer`;
  const found = { accountId, roleId: row.role_id, arn, name: 'Deployer', maxSessionSeconds: 3600 };
  assert.deepEqual(await iam.roleDirectory.findRole(arn), found);
  for (const other of ['role/Deployer', 'role/ci/deployer', 'role/ci/Deployer/', 'user/ci/Deployer']) {
    assert.equal(await iam.roleDirectory.findRole(`arn:aws:iam::${accountId}:${other}`), undefined, other);
  }
  const session = { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '192.0.2.1', role: { ...found } };
  const principal: Principal = {
    kind: 'assumed-role',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/Deployer/night`,
    principalId: `${row.role_id}:night`,
    session,
  };
  const proof = { principal, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA', issuedAtMs: 0, sourceAddress: '192.0.2.1' };
  assert.equal(await iam.standing.endOf(proof), undefined);
  await iam.rooms.roles.remove(accountId, 'Deployer');
  await iam.rooms.roles.create({ ...newRole, description: undefined, tags: [] });
  assert.match((await iam.standing.endOf(proof)) ?? '', /is gone/, 'a namesake is somebody else');
});

test('a boundary whose policy is gone bounds everything', async (context) => {
  const { iam, tables, close } = await openTestIam();
  context.after(close);
  const { row } = await iam.rooms.users.create({ accountId, name: 'ann', path: '/' });
  await upsertBoundary(tables, { owner_id: row.user_id, account_id: accountId, policy_arn: `${readOnly}Gone` });
  const principal: Principal = { kind: 'user', accountId, arn: '', principalId: row.user_id, userName: 'ann' };
  assert.match((await iam.principalFacts(principal)).boundary?.text ?? '', /"Effect":"Deny","Action":"\*"/);
});

test('entities are found by name without path or case, and a trust policy counts only to assume', async (context) => {
  const { iam, close } = await openTestIam();
  context.after(close);
  await iam.rooms.roles.create({ ...newRole, description: undefined, tags: [], boundary: readOnly });
  const of = (resource: string, action: string) => iam.entityFacts(`arn:aws:iam::${accountId}:${resource}`, action);
  const arn = `arn:aws:iam::${accountId}:role/ci/Deployer`;
  assert.equal((await of('role/deployer', 'iam:GetRole'))?.arn, arn);
  assert.equal((await of('role/ci/Deployer', 'iam:GetRole'))?.arn, arn);
  assert.equal(await of('role/other/Deployer', 'iam:GetRole'), undefined);
  assert.equal((await of('role/Deployer', 'iam:GetRole'))?.policy, undefined);
  assert.equal((await of('role/Deployer', 'iam:GetRole'))?.context, undefined, 'only some actions see the boundary');
  assert.deepEqual((await of('role/Deployer', 'iam:PutRolePolicy'))?.context, { 'iam:PermissionsBoundary': readOnly });
  const assumed = await of('role/ci/Deployer', 'sts:AssumeRole');
  assert.deepEqual([assumed?.policy?.text, assumed?.mustAllow], [trustPolicy, true]);
  assert.equal(await of('role/Deployer', 'sts:AssumeRole'), undefined, 'a role is assumed by its very ARN');
  assert.equal(await of('user/*', 'iam:ListUsers'), undefined);
});

test('an account has 1000 roles and 1000 instance profiles at most', async (context) => {
  const { iam, tables, close } = await openTestIam();
  context.after(close);
  const { roles, instanceProfiles } = iam.rooms;
  const role = { ...newRole, description: undefined, tags: [] };
  const { row } = await roles.create(role);
  const rows = Array.from({ length: 999 }, (_, index) => ({
    ...row,
    role_id: `AROA${index}`,
    role_name: `r${index}`,
    name_key: `r${index}`,
  }));
  for (const one of rows) await tables.insertInto('iam_role').values(one).execute();
  await assert.rejects(roles.create({ ...role, name: 'x' }), /Cannot exceed quota for RolesPerAccount: 1000/);
  const profile = await instanceProfiles.create({ accountId, name: 'p', path: '/', tags: [] });
  for (let index = 0; index < 999; index += 1) {
    const names = { profile_id: `AIPA${index}`, profile_name: `p${index}`, name_key: `p${index}` };
    await tables
      .insertInto('instance_profile')
      .values({ ...profile.row, ...names })
      .execute();
  }
  const more = instanceProfiles.create({ accountId, name: 'x', path: '/', tags: [] });
  await assert.rejects(more, /Cannot exceed quota for InstanceProfilesPerAccount: 1000/);
});

test('of an access key the latest use is kept, and of a deleted one none', async (context) => {
  const { iam, tables, close } = await openTestIam();
  context.after(close);
  await iam.rooms.users.create({ accountId, name: 'ann', path: '/' });
  const { accessKeyId } = await iam.rooms.accessKeys.create(accountId, 'ann');
  const use = (access_key_id: string, used_at_ms: number, service: string) => ({
    access_key_id,
    used_at_ms,
    service,
    region: 'eu-central-1',
  });
  await recordUses(tables, [use(accessKeyId, 2000, 'ecr'), use('AKIAAAAAAAAAAAAAAAAA', 1, 'ecr')]);
  await recordUses(tables, [use(accessKeyId, 1000, 'iam')]);
  const found = await iam.rooms.accessKeys.findUse(accountId, accessKeyId);
  assert.deepEqual(found?.last, { atMs: 2000, service: 'ecr', region: 'eu-central-1' });
  await iam.rooms.accessKeys.remove(accountId, 'ann', accessKeyId);
  assert.equal(await findKeyUse(tables, accessKeyId), undefined);
  assert.deepEqual(await tables.selectFrom('access_key_use').selectAll().execute(), []);
});

test('verification opens every inline and trust policy', async (context) => {
  const { iam, options, tables, close } = await openTestIam();
  context.after(close);
  const { row } = await iam.rooms.roles.create({ ...newRole, description: undefined, tags: [] });
  await iam.rooms.inlinePolicies.put({ kind: 'role', accountId, name: 'Deployer' }, 'one', document);
  const good = collectFindings();
  await verifyIam(options, good);
  assert.deepEqual([good.report().good, good.report().counts], [true, { 'inline policies': 1, 'trust policies': 1 }]);
  const trust_policy = Buffer.from(row.trust_policy).reverse();
  await tables.updateTable('iam_role').set({ trust_policy }).execute();
  await tables.updateTable('inline_policy').set({ document: trust_policy }).execute();
  const bad = collectFindings();
  await verifyIam(options, bad);
  assert.deepEqual(
    bad.report().damage.map(({ subject }) => subject),
    [`policy one of role ${row.role_id}`, `role ${row.role_id}`],
  );
});
