// What was issued counts while its user is there and nobody revoked it; a second process sees a revocation at once.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Principal, Session } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { NewRevocation } from '#core/ports/session-revoker.ts';
import type { IssuedProof } from '#core/ports/session-standing.ts';
import { systemRandom } from '#core/random.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { nextTurn } from '#std/next-turn.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { type Iam, openIam } from '../open-iam.ts';
import { iamMigrations } from '../tables.ts';

const accountId = parseAccountId('111122223333') as AccountId;
const otherId = parseAccountId('444455556666') as AccountId;
const startMs = 1_000_000;
const keyOf = (letter: string) => `AKIA${letter.repeat(16)}`;

/** Two processes over one database file, and a user in it. */
async function openTwo(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-standing-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const clock = manualClock(startMs);
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const migrations = [...kmsMigrations, ...iamMigrations];
  const open = async () => {
    const database = await openSqlite({ file: join(folder, 'site.db'), migrations });
    context.after(() => database.close());
    const platform = { clock, random: systemRandom };
    return openIam({
      database,
      keyRing: openKeyRing({ database, roots: holdRootKeys(rootKey), ...platform }),
      ...platform,
    });
  };
  const [one, two] = [await open(), await open()];
  await one.accounts.create({ name: 'home', accountId });
  const { row: user } = await one.rooms.users.create({ accountId, name: 'ann', path: '/' });
  return { one, two, clock, user };
}

/** As a request asks that arrives after all that went before: it is served by a later turn of the event loop. */
async function ask({ standing }: Iam, proof: IssuedProof): Promise<string> {
  await nextTurn();
  return (await standing.endOf(proof)) ?? 'stands';
}

function proofOf(userId: string, session: Partial<Session> = {}, more: Partial<IssuedProof> = {}): IssuedProof {
  const arn = `arn:aws:iam::${accountId}:user/administrator`;
  const times = { issuedAtMs: startMs, expiresAtMs: startMs + 1, sourceAddress: '192.0.2.7' };
  const principal: Principal = { kind: 'user', accountId, arn, principalId: userId, session: { ...times, ...session } };
  return { principal, accessKeyId: keyOf('A'), issuedAtMs: startMs, sourceAddress: '192.0.2.7', ...more };
}

test('a user that is gone ends what was issued to it, and answers come from memory', async (context) => {
  const { one, two, user } = await openTwo(context);
  const proof = proofOf(user.user_id);
  assert.equal(await ask(one, proof), 'stands');
  assert.equal(await ask(two, proof), 'stands');
  assert.equal(one.standing.endOf(proof), undefined, 'without a promise');
  assert.match(await ask(one, proofOf('AIDAGONE')), /is gone/);
  await one.rooms.users.remove(accountId, user.user_name);
  assert.match(await ask(one, proof), /is gone/);
  assert.match(await ask(two, proof), /is gone/, 'in the other process too');
});

const ended: ReadonlyArray<readonly [what: string, revocation: Pick<NewRevocation, 'kind' | 'value'>]> = [
  ['everything of the account', { kind: 'all', value: '' }],
  ['its key', { kind: 'key', value: keyOf('A') }],
  ['a key that led to it', { kind: 'key', value: keyOf('B') }],
  ['itself', { kind: 'session', value: keyOf('A') }],
  ['its name as a token', { kind: 'session', value: 'token-1' }],
  ['its address', { kind: 'source', value: '192.0.2.7' }],
  ['the range of its address', { kind: 'source', value: '192.0.2.0/24' }],
];

for (const [what, revocation] of ended) {
  test(`revoking ${what} ends what was issued until then, everywhere, and nothing that came later`, async (context) => {
    const { one, two, user, clock } = await openTwo(context);
    const proof = proofOf(user.user_id, { madeWith: [keyOf('B')] }, { tokenId: 'token-1' });
    const stranger = { ...proofOf(user.user_id), accessKeyId: keyOf('C'), sourceAddress: '198.51.100.1' };
    assert.equal(await ask(two, proof), 'stands');
    await one.revocations.revoke(otherId, { ...revocation, madeBy: 'test' });
    assert.equal(await ask(two, proof), 'stands', 'another account');
    await one.revocations.revoke(accountId, { ...revocation, madeBy: 'test' });
    for (const site of [one, two]) {
      assert.match(await ask(site, proof), /^revoked by/);
      assert.equal((await ask(site, stranger)) === 'stands', revocation.kind !== 'all');
    }
    clock.advance(1);
    assert.equal(await ask(two, { ...proof, issuedAtMs: startMs + 1 }), 'stands');
    const earlier = { ...revocation, beforeMs: startMs - 5, madeBy: 'again' };
    await two.revocations.revoke(accountId, earlier);
    assert.match(await ask(one, proof), /^revoked by/, 'the one that reaches further stays');
    const [listed] = await one.revocations.list(accountId);
    assert.deepEqual(
      [listed?.kind, listed?.value, listed?.before_ms, listed?.made_by],
      [revocation.kind, revocation.value, startMs, 'test'],
    );
  });
}

test('a principal is revoked by its own unique id, or by the one of its role or maker', async (context) => {
  const { one, user } = await openTwo(context);
  const federated = proofOf(`${accountId}:bob`, { user: { userId: user.user_id, arn: 'arn', name: 'n' } });
  const proof = { ...federated, principal: { ...federated.principal, kind: 'federated-user' } as const };
  assert.equal(await ask(one, proof), 'stands');
  await one.revocations.revoke(accountId, { kind: 'principal', value: user.user_id, madeBy: 'test' });
  assert.match(await ask(one, proof), /^revoked by principal/);
  const later = { ...proof, issuedAtMs: startMs + 1 };
  assert.equal(await ask(one, later), 'stands');
  const own = { kind: 'principal', value: `${accountId}:bob`, beforeMs: startMs + 1, madeBy: 'test' } as const;
  await one.revocations.revoke(accountId, own);
  assert.match(await ask(one, later), /^revoked by principal/);
});

test('a value that is not of its kind is refused', async (context) => {
  const { one } = await openTwo(context);
  const wrong = [
    ['principal', 'arn:aws:iam::111122223333:user/ann'],
    ['key', 'AKIA'],
    ['session', ''],
    ['source', '192.0.2.300'],
    ['all', 'x'],
  ] as const;
  for (const [kind, value] of wrong) {
    const revoking = one.revocations.revoke(accountId, { kind, value, madeBy: 'test' });
    await assert.rejects(revoking, { kind: 'invalid-input' }, `${kind} ${value}`);
  }
});

test('a revocation that is older than anything lives is removed, a younger one stays', async (context) => {
  const { one, clock } = await openTwo(context);
  const listed = async () => (await one.revocations.list(accountId)).map(({ value }) => value);
  await one.revocations.revoke(accountId, { kind: 'source', value: '192.0.2.1', madeBy: 'test' });
  clock.advance(limits.sessionSecondsMax * 1000);
  await one.revocations.revoke(accountId, { kind: 'source', value: '192.0.2.2', madeBy: 'test' });
  await one.revocations.removeSpent();
  assert.deepEqual(await listed(), ['192.0.2.2', '192.0.2.1']);
  clock.advance(1);
  await one.revocations.removeSpent();
  assert.deepEqual(await listed(), ['192.0.2.2']);
});
