// Closing and reopening an account: which, until when, what it ends, in every process; and the role for home.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Principal } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { nextTurn } from '#std/next-turn.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { type Iam, openIam } from '../open-iam.ts';
import { type IamTables, iamMigrations } from '../tables.ts';
import { bootstrapRoleName } from './bootstrap-role.ts';

const homeId = parseAccountId('111122223333') as AccountId;
const otherId = parseAccountId('444455556666') as AccountId;
const roleArn = `arn:aws:iam::${otherId}:role/${bootstrapRoleName}`;

/** Two processes over one database file, with a home account and another one. */
async function openTwo(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-accounts-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock(1_000_000);
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const platform = { clock, random: systemRandom };
  const open = async () => {
    const migrations = [...kmsMigrations, ...iamMigrations];
    const database = await openSqlite({ file: join(folder, 'site.db'), migrations });
    context.after(() => database.close());
    return {
      database,
      iam: openIam({
        database,
        keyRing: openKeyRing({ database, roots: holdRootKeys(rootKey), ...platform }),
        ...platform,
      }),
    };
  };
  const [one, two] = [await open(), await open()];
  await one.iam.accounts.create({ name: 'home', accountId: homeId });
  clock.advance(1);
  await one.iam.accounts.create({ name: 'other', accountId: otherId });
  return { one: one.iam, two: two.iam, clock, tables: one.database.tables<IamTables>() };
}

/** As a request asks that arrives after all that went before. */
async function keyCounts({ credentialSource }: Iam, accessKeyId: string): Promise<boolean> {
  await nextTurn();
  return (await credentialSource.find(accessKeyId)) !== undefined;
}

async function endOfRoot({ standing }: Iam, issuedAtMs: number): Promise<string> {
  await nextTurn();
  const times = { issuedAtMs, expiresAtMs: issuedAtMs + 1, sourceAddress: '192.0.2.7' };
  const arn = `arn:aws:iam::${otherId}:root`;
  const principal: Principal = { kind: 'root', accountId: otherId, arn, principalId: otherId, session: times };
  return (await standing.endOf({ principal, accessKeyId: '', ...times })) ?? 'stands';
}

async function sees({ closed, entityFacts }: Iam): Promise<boolean> {
  await nextTurn();
  return (await closed.resources(entityFacts)(roleArn, 'sts:AssumeRole')) !== undefined;
}

test('a closed account is refused in every process; reopened it has what it had, but no session', async (context) => {
  const { one, two, clock } = await openTwo(context);
  const { accessKeyId } = await one.accounts.createAdministrator(otherId, async () => undefined);
  for (const iam of [one, two]) {
    assert.ok((await keyCounts(iam, accessKeyId)) && (await sees(iam)));
    assert.equal(await endOfRoot(iam, clock.nowMs()), 'stands');
  }
  const issuedAtMs = clock.nowMs();
  const { account, isChanged } = await two.accounts.close(otherId);
  assert.deepEqual([isChanged, account.state, account.closedAtMs], [true, 'closed', issuedAtMs]);
  assert.equal((await one.accounts.close(otherId)).isChanged, false, 'twice is no error');
  for (const iam of [one, two]) {
    assert.ok(!(await keyCounts(iam, accessKeyId)) && !(await sees(iam)));
    assert.match(await endOfRoot(iam, issuedAtMs + 1), /account 444455556666 is closed/);
  }
  clock.advance(limits.closedAccountKeptMs - 1);
  assert.equal((await one.accounts.reopen(otherId)).account.state, 'open');
  assert.equal((await one.accounts.reopen(otherId)).isChanged, false, 'twice is no error');
  for (const iam of [one, two]) {
    assert.ok((await keyCounts(iam, accessKeyId)) && (await sees(iam)));
    assert.match(await endOfRoot(iam, issuedAtMs), /revoked by all/);
    assert.equal(await endOfRoot(iam, issuedAtMs + 1), 'stands');
  }
});

test('home cannot be closed, what is not there neither, and after 90 days nothing comes back', async (context) => {
  const { one, clock } = await openTwo(context);
  await assert.rejects(one.accounts.close(homeId), /111122223333 is the home account of the site, which cannot be/);
  const nobody = parseAccountId('000000000001') as AccountId;
  await assert.rejects(one.accounts.close(nobody), /The account 000000000001 cannot be found/);
  await assert.rejects(one.accounts.reopen(nobody), /cannot be found/);
  await one.accounts.close(otherId);
  clock.advance(limits.closedAccountKeptMs);
  await assert.rejects(one.accounts.reopen(otherId), /could be opened again until 1970-04-01T00:16:40\.001Z/);
  assert.deepEqual(
    (await one.accounts.list()).map(({ accountId, state }) => [accountId, state]),
    [
      [homeId, 'open'],
      [otherId, 'closed'],
    ],
  );
});

test('nobody signs in to a closed account, by password or by provider', async (context) => {
  const { one } = await openTwo(context);
  const issuer = 'https://issuer.example';
  const { rooms } = one;
  await rooms.users.create({ accountId: otherId, name: 'ann', path: '/' });
  const password = 'Correct horse 7 battery';
  await rooms.loginProfiles.create({ accountId: otherId, userName: 'ann', password, resetRequired: false });
  await rooms.oidcProviders.create(otherId, {
    url: { issuer, name: 'issuer.example' },
    clientIds: ['a'],
    thumbprints: [],
    tags: [],
  });
  const signIn = { accountId: otherId, userName: 'ann', password, sourceAddress: '192.0.2.7' };
  assert.equal((await one.checkPassword(signIn)).kind, 'right');
  assert.ok(await rooms.oidcProviders.findProvider(otherId, issuer));
  await one.accounts.close(otherId);
  assert.equal((await one.checkPassword(signIn)).kind, 'wrong');
  assert.equal(await rooms.oidcProviders.findProvider(otherId, issuer), undefined);
});

test('every account but home has the role that trusts home, once', async (context) => {
  const { one, tables } = await openTwo(context);
  const { rooms, accounts } = one;
  const { trustPolicy } = await rooms.roles.get(otherId, bootstrapRoleName);
  assert.deepEqual(JSON.parse(trustPolicy).Statement, [
    { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${homeId}:root` }, Action: 'sts:AssumeRole' },
  ]);
  await assert.rejects(rooms.roles.get(homeId, bootstrapRoleName), /cannot be found/);
  await tables.deleteFrom('policy_attachment').execute();
  await rooms.roles.remove(otherId, bootstrapRoleName);
  await accounts.bootstrap();
  await assert.rejects(rooms.roles.get(otherId, bootstrapRoleName), /cannot be found/, 'what was deleted stays away');
  await tables.updateTable('account').set({ bootstrapped: 0 }).execute();
  await accounts.bootstrap();
  await accounts.bootstrap();
  assert.ok(await rooms.roles.get(otherId, bootstrapRoleName), 'an account from before there were such roles');
  assert.equal((await rooms.attachments.list({ kind: 'role', accountId: otherId, name: bootstrapRoleName })).length, 1);
});
