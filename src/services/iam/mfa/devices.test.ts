// Codes of devices: single use, skew, drift, the lock after five failures, races of two processes, quotas.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Principal } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openIam } from '../open-iam.ts';
import { iamMigrations } from '../tables.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { codeAt, stepAt } from './totp.ts';

const minuteMs = 60_000;

type TestIam = Awaited<ReturnType<typeof openTestIam>>;

/** A user with one enabled device, at a time far from zero; the two codes before now are used up. */
async function enabledDevice(opened: TestIam) {
  const { iam, options } = opened;
  options.clock.advance(1_000 * minuteMs);
  const { row: user } = await iam.rooms.users.create({ accountId, name: 'ann', path: '/' });
  const { row, seed } = await iam.rooms.mfaDevices.create({ accountId, name: 'phone', path: '/', tags: [] });
  const code = (offset: number) => codeAt(seed, stepAt(options.clock.nowMs()) + offset);
  const own = { accountId, userName: 'ann', serial: row.serial };
  await iam.rooms.mfaDevices.enable(own, [code(-2), code(-1)]);
  const principal: Principal = { kind: 'user', accountId, arn: '', principalId: user.user_id, userName: 'ann' };
  const asked = (tokenCode: string) => ({ principal, serialNumber: row.serial, tokenCode });
  const wrong = () => [0, 1, 2, 3].map((n) => `00000${n}`).find((one) => ![-1, 0, 1].map(code).includes(one)) ?? '';
  return { ...opened, own, seed, code, asked, wrong, principal };
}

test('a code is good once, a step early or late, and never after a later one', async () => {
  const { iam, code, asked, close } = await enabledDevice(await openTestIam());
  const use = (tokenCode: string) => iam.mfa.use(asked(tokenCode));
  assert.equal(await use(code(-1)), 'wrong-code', 'enabling used it up');
  assert.equal(await use(code(2)), 'wrong-code', 'two steps early');
  assert.equal(await iam.mfa.check(asked(code(0))), 'right', 'looking uses nothing up');
  assert.equal(await use(code(0)), 'right');
  assert.equal(await use(code(0)), 'wrong-code', 'replayed');
  assert.equal(await iam.mfa.check(asked(code(0))), 'wrong-code', 'replayed');
  assert.equal(await use(code(1)), 'right', 'a step early');
  await close();
});

test('a code of the step before is right, unless a later one was used', async () => {
  const { iam, options, code, asked, close } = await enabledDevice(await openTestIam());
  options.clock.advance(2 * minuteMs);
  assert.equal(await iam.mfa.use(asked(code(-2))), 'wrong-code', 'two steps late');
  assert.equal(await iam.mfa.use(asked(code(-1))), 'right');
  assert.equal(await iam.mfa.use(asked(code(1))), 'right');
  assert.equal(await iam.mfa.use(asked(code(0))), 'wrong-code');
  await close();
});

test('nobody uses the device of another, nor one that is not there', async () => {
  const { iam, code, asked, principal, own, close } = await enabledDevice(await openTestIam());
  const other = { ...asked(code(0)), principal: { ...principal, principalId: 'AIDAOTHER' } };
  assert.equal(await iam.mfa.use(other), 'no-such-device');
  const role = { ...asked(code(0)), principal: { ...principal, kind: 'assumed-role' as const } };
  assert.equal(await iam.mfa.use(role), 'no-such-device');
  assert.equal(await iam.mfa.use({ ...asked(code(0)), serialNumber: `${own.serial}x` }), 'no-such-device');
  await iam.rooms.mfaDevices.deactivate(own);
  assert.equal(await iam.mfa.use(asked(code(0))), 'no-such-device');
  await close();
});

test('five wrong codes lock the device for a growing time, which no further tries prolong', async () => {
  const { iam, options, code, asked, wrong, close } = await enabledDevice(await openTestIam());
  const fail = async (times: number) => {
    for (let count = 0; count < times; count += 1) assert.equal(await iam.mfa.check(asked(wrong())), 'wrong-code');
  };
  await fail(4);
  assert.equal(await iam.mfa.check(asked(code(0))), 'right', 'four are no five');
  await fail(1);
  assert.equal(await iam.mfa.use(asked(code(0))), 'wrong-code', 'locked, though right');
  await fail(20);
  options.clock.advance(minuteMs);
  assert.equal(await iam.mfa.check(asked(code(0))), 'right', 'a minute later');
  await fail(5);
  options.clock.advance(minuteMs);
  assert.equal(await iam.mfa.use(asked(code(0))), 'wrong-code', 'the second time two minutes');
  const again = openIam(options);
  assert.equal(await again.mfa.use(asked(code(0))), 'wrong-code', 'a restart unlocks nothing');
  options.clock.advance(minuteMs);
  assert.equal(await iam.mfa.use(asked(code(0))), 'right');
  await fail(5);
  options.clock.advance(minuteMs);
  assert.equal(await iam.mfa.use(asked(code(0))), 'right', 'a right one began anew');
  await close();
});

test('a device whose clock is off is believed after two codes in a row, and only there', async () => {
  const { iam, code, asked, own, close } = await enabledDevice(await openTestIam());
  const { mfaDevices } = iam.rooms;
  const refused = { kind: 'invalid-authentication-code', message: 'Authentication code for device is not valid.' };
  await assert.rejects(mfaDevices.resync(own, [code(10), code(12)]), refused);
  const far = limits.mfaResyncStepsMax + 2;
  await assert.rejects(mfaDevices.resync(own, [code(far), code(far + 1)]), refused);
  await mfaDevices.resync(own, [code(10), code(11)]);
  await assert.rejects(mfaDevices.resync(own, [code(10), code(11)]), refused, 'used up');
  assert.equal(await iam.mfa.use(asked(code(0))), 'wrong-code');
  assert.equal(await iam.mfa.use(asked(code(12))), 'right');
  await close();
});

test('enabling needs two codes in a row of now, an unused device and room for one more', async () => {
  const { iam, code, own, seed, options, close } = await enabledDevice(await openTestIam());
  const { mfaDevices, users } = iam.rooms;
  await users.create({ accountId, name: 'bob', path: '/' });
  const bobs = { ...own, userName: 'bob' };
  await assert.rejects(mfaDevices.enable(bobs, [code(0), code(1)]), { kind: 'entity-already-exists' });
  assert.ok(seed.length === 40);
  const add = async (name: string) => {
    const { row, seed: its } = await mfaDevices.create({ accountId, name, path: '/', tags: [] });
    const at = stepAt(options.clock.nowMs());
    const [one = '', two = '', three = ''] = [-1, 0, 1].map((offset) => codeAt(its, at + offset));
    const device = { ...own, serial: row.serial };
    await assert.rejects(mfaDevices.enable(device, [two, one]), { kind: 'invalid-authentication-code' });
    await assert.rejects(mfaDevices.enable(device, [one, three]), { kind: 'invalid-authentication-code' });
    await mfaDevices.enable(device, [one, two]);
  };
  for (let count = 1; count < limits.mfaDevicesPerUserMax; count += 1) await add(`more-${count}`);
  const message = 'Cannot exceed quota for MFADevicesPerUser: 8';
  await assert.rejects(add('ninth'), { kind: 'entity-limit-exceeded', message });
  await close();
});

test('of calls at once with the same right code one gets it, in two processes as in one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-mfa-'));
  const file = join(folder, 'iam.db');
  const template = await openTestIam();
  const { options: memory } = template;
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const open = async () => {
    const database = await openSqlite({ file, migrations: [...kmsMigrations, ...iamMigrations] });
    const platform = { clock: memory.clock, random: memory.random };
    const options = {
      database,
      keyRing: openKeyRing({ database, roots: holdRootKeys(rootKey), ...platform }),
      ...platform,
    };
    return { ...template, options, iam: openIam(options), close: () => database.close() };
  };
  const [one, other] = [await open(), await open()];
  await one.iam.accounts.create({ name: 'test', accountId });
  const { code, asked } = await enabledDevice(one);
  const both = [one, other].flatMap(({ iam }) => [0, 1, 2, 3].map(() => iam.mfa.use(asked(code(0)))));
  const verdicts = await Promise.all(both.map(async (verdict) => verdict));
  assert.equal(verdicts.filter((verdict) => verdict === 'right').length, 1);
  await Promise.all([one.close(), other.close(), template.close()]);
  await rm(folder, { recursive: true });
});
