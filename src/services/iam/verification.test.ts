// What verification opens of passwords, reports and OIDC providers: one row is damaged, and exactly it is named.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { collectFindings } from '#core/findings.ts';
import { accountDomain } from './iam-store.ts';
import { contextOf } from './login-profiles/kept-password.ts';
import { plainPolicy } from './login-profiles/password-policy.ts';
import { parseProviderUrl } from './oidc-providers/provider-url.ts';
import { testAccountId as accountId, openTestIam } from './testing/open-test-iam.ts';
import { verifyIam } from './verification.ts';

/** A user with a password and one from before, reports of both kinds, a provider, and a password policy. */
async function openFilled(context: TestContext) {
  const opened = await openTestIam();
  context.after(opened.close);
  const { users, loginProfiles, reports, oidcProviders } = opened.iam.rooms;
  await users.create({ accountId, name: 'ann', path: '/' });
  const { user_id: userId } = await opened.tables.selectFrom('iam_user').select('user_id').executeTakeFirstOrThrow();
  await loginProfiles.setPolicy(accountId, { ...plainPolicy, PasswordReusePrevention: 3 });
  await loginProfiles.create({ accountId, userName: 'ann', password: 'First-one-1', resetRequired: false });
  await loginProfiles.update(accountId, 'ann', { password: 'Second-one-2' });
  await reports.generateCredentials(accountId);
  const report = await reports.generateAccess(accountId, `arn:aws:iam::${accountId}:user/ann`, 'SERVICE_LEVEL');
  const url = parseProviderUrl('https://ci.example.com/oidc', false);
  await oidcProviders.create(accountId, { url, clientIds: ['a'], thumbprints: ['0'.repeat(40)], tags: [] });
  const damage = async () => {
    const findings = collectFindings();
    await verifyIam(opened.options, findings);
    return findings.report().damage.map(({ subject, what }) => `${subject}: ${what}`);
  };
  const seal = async (context: string, text: string) =>
    opened.store.keyRing.seal(await accountDomain(opened.store, accountId), context, Buffer.from(text));
  assert.deepEqual(await damage(), [], 'whole');
  return { ...opened, userId, report, damage, seal };
}

test('a password that does not open, and one that opens and is no hash', async (context) => {
  const { tables, userId, damage, seal } = await openFilled(context);
  const { hash } = await tables.selectFrom('login_profile').select('hash').executeTakeFirstOrThrow();
  await tables
    .updateTable('login_profile')
    .set({ hash: Buffer.from(hash).reverse() })
    .execute();
  assert.match((await damage()).join('\n'), new RegExp(`^the password of user ${userId}: it does not open: .+$`));
  await tables
    .updateTable('login_profile')
    .set({ hash: await seal(contextOf(userId), '$argon2id$v=19$m=19456,t=2,p=1$AAAA$') })
    .execute();
  assert.match((await damage()).join('\n'), new RegExp(`^the password of user ${userId}: .*not an argon2id hash$`));
});

test('a password from before, and that of another user in its place', async (context) => {
  const { tables, userId, damage, seal } = await openFilled(context);
  const [kept] = await tables.selectFrom('old_password').selectAll().execute();
  await tables
    .updateTable('old_password')
    .set({ hash: await seal(contextOf('AIDAOTHER'), 'x') })
    .execute();
  const expected = new RegExp(`^an old password of user ${userId}: it does not open: .+$`);
  assert.match((await damage()).join('\n'), expected);
  await tables
    .updateTable('old_password')
    .set({ hash: await seal(contextOf(userId), 'plain') })
    .execute();
  assert.match((await damage()).join('\n'), expected);
  await tables
    .updateTable('old_password')
    .set({ hash: kept?.hash ?? assert.fail() })
    .execute();
  assert.deepEqual(await damage(), []);
});

test('a password policy that is none', async (context) => {
  const { tables, damage } = await openFilled(context);
  for (const policy of ['{"MinimumPasswordLength":', '[]', '{"MinimumPasswordLength":"8"}']) {
    await tables.updateTable('password_policy').set({ policy }).execute();
    assert.match((await damage()).join('\n'), new RegExp(`^the password policy of account ${accountId}: .+$`), policy);
  }
});

test('a report of either kind', async (context) => {
  const { tables, report, damage, seal } = await openFilled(context);
  const bodies: ReadonlyArray<readonly [string, Buffer]> = [
    [report, Buffer.alloc(100)],
    [report, await seal(`iam/report/${report}`, '{"granularity":"SERVICE_LEVEL"}')],
    [`credentials/${accountId}`, Buffer.alloc(100)],
    [`credentials/${accountId}`, await seal(`iam/report/credentials/${accountId}`, 'no heading')],
  ];
  for (const [id, body] of bodies) {
    const at = tables.updateTable('iam_report').where('report_id', '=', id);
    const { body: before } = await tables
      .selectFrom('iam_report')
      .select('body')
      .where('report_id', '=', id)
      .executeTakeFirstOrThrow();
    await at.set({ body }).execute();
    assert.match((await damage()).join('\n'), new RegExp(`^report ${id}: .+$`));
    await at.set({ body: before }).execute();
  }
  assert.deepEqual(await damage(), []);
});

test('a provider whose lists, issuer or name are not what was written', async (context) => {
  const { tables, damage } = await openFilled(context);
  const whole = await tables.selectFrom('oidc_provider').selectAll().executeTakeFirstOrThrow();
  const changes = [
    { client_ids: '["a"' },
    { client_ids: '"a"' },
    { client_ids: '[1]' },
    { thumbprints: '["zz"]' },
    { issuer: 'https://*' },
    { issuer: 'https://other.example.com/oidc' },
  ];
  for (const change of changes) {
    await tables.updateTable('oidc_provider').set(change).execute();
    const found = (await damage()).join('\n');
    assert.match(
      found,
      /^OIDC provider arn:aws:iam::\d{12}:oidc-provider\/ci\.example\.com\/oidc: .+$/,
      JSON.stringify(change),
    );
    await tables.updateTable('oidc_provider').set(whole).execute();
  }
  assert.deepEqual(await damage(), []);
});
