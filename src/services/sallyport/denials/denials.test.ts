// The store of denials: bounded in number, share and time; sealed for each account; nothing for accounts of nowhere.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conditionContext } from '#access/context.ts';
import { implicitDeny } from '#access/decision.ts';
import type { DeniedNeed } from '#access/trace/denied-need.ts';
import type { AccountId, Region } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { collectFindings } from '#core/findings.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import type { Database } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openDenials } from './denials.ts';
import { type DenialTables, denialMigrations } from './tables.ts';
import { verifyDenials } from './verification.ts';

const accountId = '111122223333' as AccountId;
const otherId = '444455556666' as AccountId;
const dayMs = 24 * 3600 * 1000;

/** A denial of `user` for a repository of `owner`. */
function deniedOf(requestId: string, user: string, deniedAtMs: number, owner: string = accountId): DeniedNeed {
  const arn = `arn:aws:iam::${accountId}:user/${user}`;
  const principal = { kind: 'user' as const, accountId, arn, principalId: `AIDA${user}`, userName: user };
  const registry = { accountId, region: 'us-east-1' as Region };
  const resource = `arn:aws:ecr:us-east-1:${owner}:repository/app`;
  const call = {
    requestId,
    receivedAtMs: deniedAtMs,
    sourceAddress: '192.0.2.1',
    secureTransport: true,
    userAgent: 'test',
    host: 'localhost',
    registry,
    neutralHost: true,
  };
  return {
    caller: { principal, accountId, region: registry.region, accessKeyId: 'AKIATEST', credential: 'sigv4', call },
    need: { action: 'ecr:PutImage', resource },
    request: { action: 'ecr:PutImage', resource, principal, resourceAccountId: owner, context: conditionContext({}) },
    applying: {
      principal: { identity: [], tags: {} },
      resource: undefined,
      endpoint: undefined,
      guardrails: undefined,
      resourceGuardrails: undefined,
      scope: undefined,
    },
    decision: implicitDeny('identity-based policy'),
    deniedAtMs,
  };
}

describe('denials', () => {
  let database: Database;
  const clock = manualClock(10 * dayMs);
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const keyRingOf = () => openKeyRing({ database, roots: holdRootKeys(rootKey), clock, random: systemRandom });
  const open = () => openDenials({ database, keyRing: keyRingOf(), clock, hasAccount: async (id) => id === accountId });
  const count = async () =>
    (await database.tables<DenialTables>().selectFrom('denial').select('request_id').execute()).length;
  const run = (denials: ReturnType<typeof openDenials>) => denials.job.run(new AbortController().signal);
  before(async () => {
    database = await openSqlite({ file: ':memory:', migrations: [...kmsMigrations, ...denialMigrations] });
  });
  after(() => database.close());

  test('what one process wrote another finds; each account only its own, and none of nowhere', async () => {
    const denials = open();
    denials.note(deniedOf('one', 'alice', clock.nowMs()));
    denials.note(deniedOf('two', 'alice', clock.nowMs(), otherId));
    await run(denials);
    assert.equal((await open().find(accountId, 'one'))?.action, 'ecr:PutImage');
    assert.equal((await open().find(accountId, 'two'))?.side, 'principal');
    assert.equal(await open().find(otherId, 'one'), undefined);
    assert.equal(await open().find(otherId, 'two'), undefined);
    assert.equal(await count(), 2);
  });

  test('what is noted is found before the job has run', async () => {
    const denials = open();
    denials.note(deniedOf('now', 'alice', clock.nowMs()));
    assert.equal((await denials.find(accountId, 'now'))?.principalArn, `arn:aws:iam::${accountId}:user/alice`);
  });

  test('a principal that is denied without end loses its own, not those of others', async () => {
    const denials = open();
    denials.note(deniedOf('bob', 'bob', clock.nowMs() - 1));
    for (let round = 0; round < 24; round += 1) {
      for (let index = 0; index < 2 * limits.denialsPerPrincipalWaitingMax; index += 1) {
        denials.note(deniedOf(`flood-${round}-${index}`, 'mallory', clock.nowMs() + round));
      }
      await run(denials);
    }
    assert.notEqual(await denials.find(accountId, 'bob'), undefined);
    const rows = await database.tables<DenialTables>().selectFrom('denial').select('principal_id').execute();
    const own = rows.filter((row) => row.principal_id === 'AIDAmallory').length;
    assert.ok(own <= limits.denialsPerPrincipalMax && own >= limits.denialsPerPrincipalMax / 2, String(own));
  });

  test('after a week a denial is gone', async () => {
    const denials = open();
    denials.note(deniedOf('old', 'carol', clock.nowMs()));
    await run(denials);
    clock.advance(limits.denialLifeMs + 100);
    denials.note(deniedOf('new', 'carol', clock.nowMs()));
    await run(denials);
    assert.equal(await denials.find(accountId, 'old'), undefined);
    assert.notEqual(await denials.find(accountId, 'new'), undefined);
    assert.equal(await count(), 1);
  });

  test('a row that was put in the place of another does not open', async () => {
    const denials = open();
    denials.note(deniedOf('mine', 'dora', clock.nowMs()));
    await run(denials);
    await database
      .tables<DenialTables>()
      .updateTable('denial')
      .set({ request_id: 'theirs' })
      .where('request_id', '=', 'mine')
      .execute();
    await assert.rejects(denials.find(accountId, 'theirs'));
    const findings = collectFindings();
    const keyRing = keyRingOf();
    await verifyDenials({ database, keyRing }, findings);
    const { counts, damage } = findings.report();
    assert.deepEqual(
      [counts['denials'], damage.map(({ subject }) => subject)],
      [2, ['the explanation of denial theirs']],
    );
  });
});
