// Scoped registry tokens as rows: bounded, bound to their first use by one of two processes, written and pruned.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Principal } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { IssuedProof } from '#core/ports/session-standing.ts';
import { nextTurn } from '#std/next-turn.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openRegistryTokens } from './registry-tokens.ts';
import { insertRegistryToken, type RegistryTokenTables, registryTokenMigrations } from './tables.ts';
import { openTokenStanding } from './token-standing.ts';

const accountId = parseAccountId('111122223333') as AccountId;
const startMs = 1_000_000;
const [first, second] = ['192.0.2.1', '192.0.2.2'];

/** Two processes over one database file. */
async function openTwo(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-tokens-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock(startMs);
  const ended = new Set<string>();
  const open = async () => {
    const database = await openSqlite({ file: join(folder, 'site.db'), migrations: registryTokenMigrations });
    context.after(() => database.close());
    const tokens = openRegistryTokens(database, clock);
    const inner = { endOf: ({ tokenId = '' }: IssuedProof) => (ended.has(tokenId) ? 'revoked' : undefined) };
    const standing = openTokenStanding({ database, clock, standing: inner, noteUse: tokens.noteUse });
    return { database, tokens, standing };
  };
  return { one: await open(), two: await open(), clock, ended };
}

const rowOf = (token_id: string, principal_id = 'AIDAONE') => ({
  token_id,
  account_id: accountId,
  region: 'us-east-1',
  name: '',
  principal_id,
  principal_arn: 'arn:aws:iam::111122223333:user/one',
  access_key_id: 'AKIA',
  source_address: first,
  repositories: '["app"]',
  actions: '["pull"]',
  once_ms: 1000,
  issued_at_ms: startMs,
  expires_at_ms: startMs + 60_000,
});

function proofOf(tokenId: string, usedFrom: string, onceMs?: number): IssuedProof {
  const session = { issuedAtMs: startMs, expiresAtMs: startMs + 60_000, sourceAddress: first, tokenId };
  const arn = 'arn:aws:iam::111122223333:user/one';
  const principal: Principal = { kind: 'user', accountId, arn, principalId: 'AIDAONE', session };
  const proof = { principal, accessKeyId: 'AKIA', issuedAtMs: startMs, sourceAddress: first, tokenId, usedFrom };
  return onceMs === undefined ? proof : { ...proof, onceMs };
}

type Process = Awaited<ReturnType<typeof openTwo>>['one'];

/** As a request asks that arrives after all that went before. */
async function ask({ standing }: Process, proof: IssuedProof): Promise<string> {
  await nextTurn();
  return (await standing.endOf(proof)) ?? 'stands';
}

test('of two processes that first see a token for one use from two addresses, one wins for both', async (context) => {
  const { one, two } = await openTwo(context);
  await one.tokens.keep(rowOf('rt-a'));
  await nextTurn();
  const outcomes = await Promise.all([
    one.standing.endOf(proofOf('rt-a', first, 1000)),
    two.standing.endOf(proofOf('rt-a', second, 1000)),
    one.standing.endOf(proofOf('rt-a', second, 1000)),
  ]);
  const winner = outcomes[0] === undefined ? first : second;
  assert.equal(outcomes[0] === undefined, outcomes[1] !== undefined);
  assert.equal(outcomes[1], outcomes[2]);
  for (const process of [one, two]) {
    assert.equal(await ask(process, proofOf('rt-a', winner, 1000)), 'stands');
    const loser = winner === first ? second : first;
    assert.equal(
      await ask(process, proofOf('rt-a', loser, 1000)),
      `this token for one use was used first by ${winner}`,
    );
  }
});

test('a token for one use ends a while after its first use, and is nothing without its row', async (context) => {
  const { one, two, clock } = await openTwo(context);
  await one.tokens.keep(rowOf('rt-a'));
  clock.advance(20_000);
  assert.equal(await ask(two, proofOf('rt-a', first, 1000)), 'stands');
  clock.advance(999);
  assert.equal(await ask(one, proofOf('rt-a', first, 1000)), 'stands');
  clock.advance(1);
  assert.match(await ask(one, proofOf('rt-a', first, 1000)), /was used a while ago/);
  assert.match(await ask(two, proofOf('rt-a', first, 1000)), /was used a while ago/);
  assert.match(await ask(one, proofOf('rt-gone', first, 1000)), /nothing is known/);
});

test('what else ends a token counts first and binds nothing; other proofs are passed on', async (context) => {
  const { one, ended } = await openTwo(context);
  await one.tokens.keep(rowOf('rt-a'));
  ended.add('rt-a');
  assert.equal(await ask(one, proofOf('rt-a', first, 1000)), 'revoked');
  ended.delete('rt-a');
  assert.equal(await ask(one, proofOf('rt-a', second, 1000)), 'stands');
  const { tokenId: _id, ...signed } = proofOf('rt-b', first);
  assert.equal(one.standing.endOf(signed), undefined);
});

test('uses are written in batches, once a minute a token, and what has expired is removed', async (context) => {
  const { one, two, clock } = await openTwo(context);
  await one.tokens.keep(rowOf('rt-a'));
  await one.tokens.keep({ ...rowOf('rt-b'), expires_at_ms: startMs + 120_000 });
  const usedAt = async () => (await two.tokens.list(accountId, '', 10)).map((row) => [row.token_id, row.used_at_ms]);
  const use = async () => {
    await ask(one, proofOf('rt-a', first));
    await one.tokens.job.run(new AbortController().signal);
  };
  await use();
  assert.deepEqual(await usedAt(), [
    ['rt-a', startMs],
    ['rt-b', null],
  ]);
  clock.advance(limits.tokenUseNotedMs - 1);
  await use();
  assert.equal((await usedAt())[0]?.[1], startMs);
  clock.advance(1);
  assert.deepEqual(await usedAt(), [['rt-b', null]], 'it has expired');
  await use();
  const left = await two.database
    .tables<RegistryTokenTables>()
    .selectFrom('registry_token')
    .select('token_id')
    .execute();
  assert.deepEqual(
    left.map(({ token_id }) => token_id),
    ['rt-b'],
  );
});

test('a principal has its share of an account, and an account its bound', async (context) => {
  const { one } = await openTwo(context);
  const fill = (from: number, to: number, principalOf: (index: number) => string) =>
    one.database.transact<RegistryTokenTables, void>(async (transaction) => {
      for (let index = from; index < to; index += 1) {
        const row = rowOf(`rt-${index}`, principalOf(index));
        await insertRegistryToken(transaction, { ...row, revoked_at_ms: null, bound_address: null, bound_at_ms: null });
      }
    });
  const isFull = (error: unknown) => isKind(error, 'entity-limit-exceeded');
  await fill(0, limits.registryTokensPerPrincipalMax, () => 'AIDAONE');
  await assert.rejects(one.tokens.keep(rowOf('rt-x')), isFull);
  await one.tokens.keep(rowOf('rt-x', 'AIDATWO'));
  assert.ok(await one.tokens.markRevoked(accountId, 'rt-0'));
  await one.tokens.keep(rowOf('rt-y'));
  assert.equal(await one.tokens.markRevoked(accountId, 'rt-none'), false);
  await fill(limits.registryTokensPerPrincipalMax, limits.registryTokensPerAccountMax, (index) => `AIDA${index}`);
  await assert.rejects(one.tokens.keep(rowOf('rt-z', 'AIDATHREE')), isFull);
});
