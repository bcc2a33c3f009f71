// Old passwords are kept as far back as the account's policy looks, and no further.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { plainPolicy } from './password-policy.ts';

const passwords = ['First-one-1', 'Second-one-2', 'Third-one-3', 'Fourth-one-4'];

test('the job removes what no policy looks at, of every user, and reuse is prevented as before', async (context) => {
  const { iam, options, tables, close } = await openTestIam();
  context.after(close);
  const { users, loginProfiles } = iam.rooms;
  const names = ['ann', 'bob'];
  await loginProfiles.setPolicy(accountId, { ...plainPolicy, PasswordReusePrevention: 3 });
  for (const name of names) await users.create({ accountId, name, path: '/' });
  for (const userName of names) {
    const [first = '', ...rest] = passwords;
    await loginProfiles.create({ accountId, userName, password: first, resetRequired: false });
    for (const password of rest) {
      options.clock.advance(1000);
      await loginProfiles.update(accountId, userName, { password });
    }
  }
  const run = () => iam.oldPasswords.run(new AbortController().signal);
  const kept = async () => (await tables.selectFrom('old_password').selectAll().execute()).length;
  assert.equal(await kept(), 2 * 3);
  await run();
  assert.equal(await kept(), 2 * 2, 'with the one of now, three');
  const reuse = (password: string) => loginProfiles.update(accountId, 'ann', { password });
  for (const password of passwords.slice(1)) {
    await assert.rejects(reuse(password), { kind: 'password-policy-violation' }, password);
  }
  await reuse('First-one-1');
  await loginProfiles.removePolicy(accountId);
  await run();
  assert.equal(await kept(), 0);
});
