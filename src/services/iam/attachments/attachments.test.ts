// Attachments of managed policies: ten an entity, of the entity's own account, the same for users, groups and roles.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';

const document = '{"Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}';
const trustPolicy =
  '{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecr.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
const otherId = parseAccountId('444455556666') as AccountId;

/** One entity of each kind, and a maker of policies. */
async function openThree() {
  const { iam, close } = await openTestIam();
  const { users, groups, roles, policies } = iam.rooms;
  await users.create({ accountId, name: 'one', path: '/' });
  await groups.create(accountId, 'one', '/');
  const role = { accountId, name: 'one', path: '/', trustPolicy, description: undefined, maxSessionSeconds: 3600 };
  await roles.create({ ...role, tags: [] });
  const make = async (name: string, owner = accountId) =>
    (await policies.create({ accountId: owner, name, path: '/p/', description: undefined, document, tags: [] })).arn;
  return { iam, close, make };
}

const quotas = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const;

for (const kind of ['user', 'group', 'role'] as const) {
  test(`a ${kind} has ten attached policies at most, each once`, async (context) => {
    const { iam, close, make } = await openThree();
    context.after(close);
    const { attachments } = iam.rooms;
    const owner = { kind, accountId, name: 'ONE' };
    const arns: string[] = [];
    for (let index = 0; index < 11; index += 1) arns.push(await make(`p${index}`));
    const [last = '', first = ''] = [arns.at(-1), arns[0]];
    for (const arn of arns.slice(0, 10)) await attachments.attach(owner, arn);
    await attachments.attach(owner, first);
    await assert.rejects(attachments.attach(owner, last), {
      message: `Cannot exceed quota for ${quotas[kind]}: 10`,
    });
    assert.deepEqual(
      (await attachments.list(owner)).map(({ arn, path }) => [arn, path]),
      arns.slice(0, 10).map((arn) => [arn, '/p/']),
    );
    assert.equal((await attachments.counts(accountId)).get(first), 1);
    await attachments.detach(owner, first);
    await attachments.attach(owner, last);
    assert.equal((await attachments.counts(accountId)).get(first), undefined);
  });

  test(`a policy of another account is not there for a ${kind}, as attachment or boundary`, async (context) => {
    const { iam, close, make } = await openThree();
    context.after(close);
    await iam.accounts.create({ name: 'other', accountId: otherId });
    const arn = await make('foreign', otherId);
    const owner = { kind, accountId, name: 'one' };
    await assert.rejects(iam.rooms.attachments.attach(owner, arn), /does not exist or is not attachable/);
    await assert.rejects(iam.rooms.boundaries.put(owner, arn), /does not exist or is not attachable/);
  });
}
