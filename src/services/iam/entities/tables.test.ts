// The step from users' own policy tables to those that all entities share: nothing is lost, and documents still open.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { accountDomain, openIamStore } from '../iam-store.ts';
import { openIam } from '../open-iam.ts';
import { type IamTables, iamMigrations } from '../tables.ts';

interface OldTables extends Omit<IamTables, 'account'> {
  readonly account: { readonly account_id: string; readonly name: string; readonly created_at_ms: number };
  readonly user_policy: { readonly user_id: string; readonly policy_name: string; readonly document: Uint8Array };
  readonly user_attachment: { readonly user_id: string; readonly policy_arn: string };
}

const accountId = parseAccountId('111122223333') as AccountId;
const userId = 'AIDAAAAAAAAAAAAAAAAAA';
const policyArn = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';
const text = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}';
const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
const platform = { clock: manualClock(0), random: systemRandom };

test('policies and attachments of users move to the tables of all entities, and open as before', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-owners-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'old.db');
  const oldSteps = iamMigrations.filter(({ name }) => name < '0100');
  const old = await openSqlite({ file, migrations: [...kmsMigrations, ...oldSteps] });
  const store = openIamStore({
    database: old,
    keyRing: openKeyRing({ database: old, roots: holdRootKeys(rootKey), ...platform }),
    ...platform,
  });
  const tables = old.tables<OldTables>();
  await tables.insertInto('account').values({ account_id: accountId, name: 'a', created_at_ms: 0 }).execute();
  const user = {
    user_id: userId,
    account_id: accountId,
    user_name: 'Ann',
    name_key: 'ann',
    path: '/',
    created_at_ms: 0,
  };
  await tables.insertInto('iam_user').values(user).execute();
  const domain = await accountDomain(store, accountId);
  const document = await store.keyRing.seal(domain, `iam/user-policy/${userId}/one`, Buffer.from(text));
  await tables.insertInto('user_policy').values({ user_id: userId, policy_name: 'one', document }).execute();
  await tables.insertInto('user_attachment').values({ user_id: userId, policy_arn: policyArn }).execute();
  await old.close();

  const database = await openSqlite({ file, migrations: [...kmsMigrations, ...iamMigrations] });
  context.after(() => database.close());
  const { rooms } = openIam({
    database,
    keyRing: openKeyRing({ database, roots: holdRootKeys(rootKey), ...platform }),
    ...platform,
  });
  const owner = { kind: 'user', accountId, name: 'ann' } as const;
  assert.equal((await rooms.inlinePolicies.get(owner, 'one')).document, text);
  assert.deepEqual(
    (await rooms.attachments.list(owner)).map(({ arn }) => arn),
    [policyArn],
  );
  assert.deepEqual([...(await rooms.attachments.counts(accountId))], [[policyArn, 1]]);
});
