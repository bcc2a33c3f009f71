// What was issued is listed for as long as it lives, within bounds, and with nothing of what is in the session.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { type Issuers, openIssuedList } from './issued.ts';
import { issuedMigrations } from './tables.ts';

const accountId = parseAccountId('111122223333') as AccountId;

async function openSample(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-issued-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock(1_000_000);
  const database = await openSqlite({ file: join(folder, 'site.db'), migrations: issuedMigrations });
  context.after(() => database.close());
  const list = openIssuedList(database, clock);
  let count = 0;
  const unused = () => assert.fail('it is not asked for');
  const issue = ({ session }: { readonly session: { readonly expiresAtMs: number } }) => {
    count += 1;
    const accessKeyId = `ASIA${count}`;
    return { accessKeyId, secretAccessKey: 's', sessionToken: 't', expiresAtMs: session.expiresAtMs };
  };
  const sessions = { issue, packedBytes: unused, sealMessage: unused, openMessage: unused };
  const tokens = { registryToken: unused, downloadToken: unused };
  const { sessions: noted } = list.noting({ sessions, tokens } as Issuers);
  const begin = (principalId: string, lifeMs: number) => {
    const times = { issuedAtMs: clock.nowMs(), expiresAtMs: clock.nowMs() + lifeMs, sourceAddress: '192.0.2.1' };
    const session = { ...times, policies: ['secret policy'], tags: { secret: 'tag' } };
    return noted.issue({ principal: { kind: 'user', accountId, arn: 'arn', principalId }, session });
  };
  return { clock, list, begin };
}

test('sessions are listed, newest first, until they expire, without policies and tags', async (context) => {
  const { clock, list, begin } = await openSample(context);
  begin('AIDAONE', 1000);
  clock.advance(1);
  begin('AIDAONE', 5000);
  const ids = async () => (await list.list(accountId)).map(({ id }) => id);
  assert.deepEqual(await ids(), ['ASIA2', 'ASIA1']);
  assert.ok(!JSON.stringify(await list.list(accountId)).includes('secret'));
  clock.advance(1000);
  assert.deepEqual(await ids(), ['ASIA2']);
});

test('of one principal the newest are kept, and a flood in one batch loses its oldest', async (context) => {
  const { clock, list, begin } = await openSample(context);
  begin('AIDATWO', 60_000);
  await list.job.run(new AbortController().signal);
  for (let count = 0; count < limits.issuedWaitingMax + 10; count += 1) {
    clock.advance(1);
    begin('AIDAONE', 60_000);
  }
  const listed = await list.list(accountId);
  const [one, two] = ['AIDAONE', 'AIDATWO'].map((id) =>
    listed.filter(({ proof }) => proof.principal.principalId === id),
  );
  assert.equal(one?.length, limits.issuedPerPrincipalMax);
  assert.equal(two?.length, 1);
  assert.equal(listed[0]?.id, `ASIA${limits.issuedWaitingMax + 11}`);
});
