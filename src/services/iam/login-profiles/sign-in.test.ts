// Passwords: hashes, the policy's demands, reuse, expiry, and signing in that slows down and keeps nobody else out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '#core/random.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { hashPassword, isPassword } from './password-hash.ts';
import { plainPolicy, requireConforming } from './password-policy.ts';

const dayMs = 24 * 3600 * 1000;
const password = 'Correct-Horse1';

test('a hash is argon2id with its own salt, and right for its password only', async () => {
  const [one, other] = [await hashPassword(password, systemRandom), await hashPassword(password, systemRandom)];
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.notEqual(one, other);
  assert.deepEqual([await isPassword(password, one), await isPassword(`${password} `, one)], [true, false]);
  await assert.rejects(isPassword(password, 'plain'));
});

test('each demand of a policy has its sentence', () => {
  const demanding = { ...plainPolicy, MinimumPasswordLength: 10 };
  const cases = [
    ['short', undefined, /minimum length of 8$/],
    ['lettersonly', undefined, /at least three of/],
    ['Ann-12345', undefined, /equal to your user name/],
    ['123456789', demanding, /minimum length of 10$/],
    ['lowercase-1', { ...demanding, RequireUppercaseCharacters: true }, /one uppercase letter$/],
    ['UPPERCASE-1', { ...demanding, RequireLowercaseCharacters: true }, /one lowercase letter$/],
    ['No-Number-Here', { ...demanding, RequireNumbers: true }, /one number$/],
    ['NoSymbolHere1', { ...demanding, RequireSymbols: true }, /one symbol$/],
  ] as const;
  for (const [given, policy, message] of cases) {
    assert.throws(() => requireConforming(given, policy, ['Ann-12345']), {
      kind: 'password-policy-violation',
      message,
    });
  }
  requireConforming(password, undefined, ['ann']);
  requireConforming('sixsix', plainPolicy, ['ann']);
});

async function openAnn() {
  const opened = await openTestIam();
  opened.options.clock.advance(dayMs);
  const { users, loginProfiles } = opened.iam.rooms;
  await users.create({ accountId, name: 'ann', path: '/' });
  await loginProfiles.create({ accountId, userName: 'ann', password, resetRequired: false });
  const check = async (given: string, sourceAddress = '192.0.2.1', userName = 'ann') =>
    (await opened.iam.checkPassword({ accountId, userName, password: given, sourceAddress })).kind;
  return { ...opened, loginProfiles, check, clock: opened.options.clock };
}

test('failures slow down whoever fails, and nobody elsewhere', async () => {
  const { check, clock, close } = await openAnn();
  for (const _ of [1, 2, 3]) assert.equal(await check('wrong'), 'wrong');
  assert.equal(await check(password), 'wait', 'though it is right');
  assert.equal(await check(password, '192.0.2.2'), 'right', 'from another address');
  clock.advance(1000);
  assert.equal(await check('wrong'), 'wrong');
  clock.advance(1000);
  assert.equal(await check(password), 'wait', 'twice as long');
  clock.advance(1000);
  assert.equal(await check(password), 'right');
  assert.equal(await check('wrong'), 'wrong', 'a right one begins anew');
  assert.equal(await check(password), 'right');
  for (let count = 0; count < 3; count += 1) assert.equal(await check('x', '192.0.2.3', 'nobody'), 'wrong');
  assert.equal(await check('x', '192.0.2.3', 'nobody'), 'wait', 'as for those who are there');
  await close();
});

test('of tries at once each counts, and an address that fails with many names has to wait', async () => {
  const { check, close } = await openAnn();
  const names = Array.from({ length: 20 }, (_, index) => `name-${index}`);
  await Promise.all(names.map((name) => check('wrong', '192.0.2.9', name)));
  assert.equal(await check(password, '192.0.2.9'), 'wait');
  assert.equal(await check(password), 'right');
  await close();
});

test('a network of IPv6 has one address, and the failures that are kept are bounded', async () => {
  const { check, clock, tables, close } = await openAnn();
  for (const end of [1, 2, 3]) assert.equal(await check('wrong', `2001:db8::${end}`), 'wrong');
  assert.equal(await check(password, '2001:db8::4'), 'wait');
  assert.equal(await check(password, '2001:db8:0:1::4'), 'right');
  const failed_at_ms = clock.nowMs() + 1;
  const rows = Array.from({ length: 10_000 }, (_, index) => ({
    subject: `address ${index}`,
    failures: 1,
    failed_at_ms,
  }));
  for (let from = 0; from < rows.length; from += 1000) {
    await tables
      .insertInto('sign_in_failure')
      .values(rows.slice(from, from + 1000))
      .execute();
  }
  clock.advance(2);
  await check('wrong');
  clock.advance(2);
  await check('wrong');
  const { count } = await tables
    .selectFrom('sign_in_failure')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  assert.equal(count, 10_002, 'the newest, and those of their millisecond');
  assert.equal(await check(password, '2001:db8::4'), 'right', 'pushed out');
  await close();
});

test('passwords are replaced when they must be, and not by those of before', async () => {
  const { check, loginProfiles, clock, close } = await openAnn();
  const policy = { ...plainPolicy, MaxPasswordAge: 90, PasswordReusePrevention: 2 };
  await loginProfiles.setPolicy(accountId, policy);
  const change = (oldPassword: string, newPassword: string) =>
    loginProfiles.changeOwn({ accountId, userName: 'ann', oldPassword, newPassword, sourceAddress: '192.0.2.1' });
  await assert.rejects(change('wrong', 'second-one'), { kind: 'access-denied' });
  await assert.rejects(change(password, password), { kind: 'password-policy-violation', message: /recent passwords/ });
  await loginProfiles.update(accountId, 'ann', { resetRequired: true });
  assert.equal(await check(password), 'change');
  await change(password, 'second-one');
  assert.equal(await check('second-one'), 'right');
  await assert.rejects(change('second-one', password), { kind: 'password-policy-violation' });
  clock.advance(90 * dayMs);
  assert.equal(await check('second-one'), 'change', 'expired');
  await loginProfiles.setPolicy(accountId, { ...policy, HardExpiry: true });
  assert.equal(await check('second-one'), 'expired');
  await assert.rejects(change('second-one', 'third-one'), { kind: 'entity-temporarily-unmodifiable' });
  await loginProfiles.update(accountId, 'ann', { password: 'third-one' });
  assert.equal(await check('third-one'), 'right');
  await change('third-one', 'fourth-one');
  await change('fourth-one', password);
  await close();
});
