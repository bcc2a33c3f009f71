// Customer-managed policies over their tables: the quota, documents that are opened once, and their verification.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectFindings } from '#core/findings.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { verifyIam } from '../verification.ts';
import { documentOf } from './find.ts';
import { listPolicyRows } from './tables.ts';

const document = '{"Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}';
const other = '{"Statement":[{"Effect":"Deny","Action":"ecr:*","Resource":"*"}]}';
const newPolicy = { accountId, name: 'one', path: '/', description: undefined, document, tags: [] };

test('an account has 1500 policies of its own at most', async (context) => {
  const { iam, tables, close } = await openTestIam();
  context.after(close);
  await iam.rooms.policies.create(newPolicy);
  const [row] = await listPolicyRows(tables, accountId);
  assert.ok(row !== undefined);
  for (let index = 1; index < 1500; index += 1) {
    const names = { policy_id: `ANPA${index}`, policy_name: `p${index}`, name_key: `p${index}` };
    await tables
      .insertInto('customer_policy')
      .values({ ...row, ...names })
      .execute();
  }
  const more = iam.rooms.policies.create({ ...newPolicy, name: 'two' });
  await assert.rejects(more, /^DomainError: Cannot exceed quota for PoliciesPerAccount: 1500$/);
});

test('what a policy says is the identical object until another version counts', async (context) => {
  const { iam, store, close } = await openTestIam();
  context.after(close);
  const { arn } = await iam.rooms.policies.create(newPolicy);
  const first = await documentOf(store, arn);
  assert.deepEqual(first, { name: arn, text: document });
  await iam.rooms.policyVersions.create(accountId, arn, { document: other, isDefault: false });
  assert.equal(await documentOf(store, arn), first);
  await iam.rooms.policyVersions.setDefault(accountId, arn, 'v2');
  assert.equal((await documentOf(store, arn))?.text, other);
  await iam.rooms.policyVersions.setDefault(accountId, arn, 'v1');
  assert.equal(await documentOf(store, arn), first);
  await iam.rooms.policyVersions.remove(accountId, arn, 'v2');
  await iam.rooms.policies.remove(accountId, arn);
  assert.equal(await documentOf(store, arn), undefined);
  await iam.rooms.policies.create({ ...newPolicy, document: other });
  assert.equal((await documentOf(store, arn))?.text, other, 'a namesake is another policy');
});

test('verification opens every version, and names one that does not open', async (context) => {
  const { iam, options, tables, close } = await openTestIam();
  context.after(close);
  const { arn } = await iam.rooms.policies.create({ ...newPolicy, path: '/team/' });
  await iam.rooms.policyVersions.create(accountId, arn, { document: other, isDefault: true });
  const good = collectFindings();
  await verifyIam(options, good);
  assert.deepEqual([good.report().good, good.report().counts], [true, { 'policy versions': 2 }]);
  await tables
    .updateTable('customer_policy_version')
    .set({ document: Buffer.alloc(64) })
    .where('version', '=', 2)
    .execute();
  const bad = collectFindings();
  await verifyIam(options, bad);
  assert.deepEqual(
    bad.report().damage.map(({ subject }) => subject),
    [`policy ${arn} version v2`],
  );
});
