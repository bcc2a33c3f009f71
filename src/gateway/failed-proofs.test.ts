// Refusals of wrong credentials are held longer and longer, few at once, in bounded memory; nobody else waits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Call, Caller } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import type { Request } from '#core/message.ts';
import { openFailedProofs } from './failed-proofs.ts';

const settings = { delayMsMax: 10_000, heldMax: 8, heldPerSourceMax: 2 };
const mine = '192.0.2.1';

const keyOf = ({ headers }: Request) => headers['key'] as string | undefined;

function stage(given: Partial<typeof settings> = {}) {
  const clock = manualClock(0);
  const waiting: Array<{ ms: number; task: () => void }> = [];
  const later = (ms: number, task: () => void) => {
    const one = { ms, task };
    waiting.push(one);
    return () => void (waiting.includes(one) && waiting.splice(waiting.indexOf(one), 1));
  };
  const proofs = openFailedProofs({ ...settings, ...given }, keyOf, clock, later);
  const fail = (sourceAddress: string, key?: string, kind: ErrorKind = 'invalid-signature') => {
    const request = { method: 'GET', path: '/', query: '', headers: key === undefined ? {} : { key } } as Request;
    const error = new DomainError(kind, 'no', {} as never);
    const hold = proofs.failed(request, { sourceAddress } as Call, error);
    if (hold === undefined) return 'at once';
    return hold instanceof DomainError ? `again in ${hold.details.retryAfterMs}` : (waiting.at(-1)?.ms ?? 0);
  };
  /** As one that waits for each answer before it tries again. */
  const failInTurn = (count: number, sourceAddress: string, key?: string) =>
    Array.from({ length: count }, () => {
      const said = fail(sourceAddress, key);
      for (const { task } of [...waiting]) task();
      return said;
    });
  return { proofs, clock, waiting, fail, failInTurn };
}

test('some failures of a key are free, then each is held twice as long as the one before', () => {
  const { failInTurn } = stage();
  const free = Array.from({ length: 5 }, () => 'at once');
  assert.deepEqual(failInTurn(13, mine, 'K1'), [...free, 250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('a source has more patience for all its keys together, and other sources and networks wait for nothing', () => {
  const { failInTurn } = stage();
  const said = Array.from({ length: 23 }, (_, index) => failInTurn(1, mine, `K${index}`)[0]);
  assert.deepEqual(said.slice(18), ['at once', 'at once', 250, 500, 1000]);
  assert.deepEqual(failInTurn(1, '192.0.2.2', 'K1'), ['at once']);
  failInTurn(30, '2001:db8::1');
  assert.deepEqual(failInTurn(1, '2001:db8::2:1'), [10_000], 'of the same /64');
  assert.deepEqual(failInTurn(1, '2001:db8:1::1'), ['at once']);
});

test('few refusals of a source are held at once; further ones are throttled and not counted', () => {
  const { fail, failInTurn, waiting } = stage();
  failInTurn(20, mine);
  assert.deepEqual([fail(mine), fail(mine)], [250, 500]);
  for (let count = 0; count < 100; count += 1) assert.equal(fail(mine), 'again in 1000');
  assert.equal(waiting.length, 2);
  assert.equal(fail('192.0.2.2'), 'at once', 'somebody else');
  waiting[0]?.task();
  assert.equal(fail(mine), 1000);
});

test('the site holds few as well, whatever the number of sources', () => {
  const { fail, failInTurn, waiting } = stage();
  for (let index = 0; index < 20; index += 1) {
    failInTurn(20, `198.51.100.${index}`);
  }
  const said = Array.from({ length: 20 }, (_, index) => fail(`198.51.100.${index}`));
  assert.deepEqual(said.slice(6, 10), [250, 250, 'again in 250', 'again in 250']);
  assert.equal(waiting.length, 8);
});

test('a right signature forgets what was wrong with its key, time forgets all', () => {
  const { proofs, clock, failInTurn } = stage();
  failInTurn(7, mine, 'K1');
  proofs.proved({ accessKeyId: 'K1', call: { sourceAddress: '192.0.2.2' } } as Caller);
  assert.deepEqual(failInTurn(1, mine, 'K1'), [1000], 'proved elsewhere');
  proofs.proved({ accessKeyId: 'K1', call: { sourceAddress: mine } } as Caller);
  assert.deepEqual(failInTurn(1, mine, 'K1'), ['at once']);
  failInTurn(30, mine);
  clock.advance(15 * 60_000 + 1);
  assert.deepEqual(failInTurn(1, mine), ['at once']);
});

test('what says nothing about a guess is never held', () => {
  const { fail, failInTurn } = stage();
  failInTurn(30, mine);
  for (const kind of ['missing-authentication', 'expired-token', 'registry-token-expired', 'throttled'] as const) {
    assert.equal(fail(mine, undefined, kind), 'at once');
  }
  assert.notEqual(fail(mine, undefined, 'registry-token-invalid'), 'at once');
});

test('at the end what is held is told, and nothing is held any more; a delay of 0 never holds', () => {
  const { proofs, fail, failInTurn, waiting } = stage();
  failInTurn(20, mine);
  fail(mine);
  proofs.close();
  assert.deepEqual([waiting.length, fail(mine)], [0, 'at once']);
  assert.ok(
    stage({ delayMsMax: 0 })
      .failInTurn(50, mine, 'K')
      .every((said) => said === 'at once'),
  );
});

test('inventing keys and addresses grows nothing', () => {
  const { failInTurn } = stage();
  const collect = collector();
  collect();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let index = 0; index < 200_000; index += 1) {
    failInTurn(1, `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, `AKIA${'X'.repeat(100)}${index}`);
  }
  collect();
  const grownMib = (process.memoryUsage().heapUsed - beforeBytes) / 2 ** 20;
  assert.ok(grownMib < 15, `grew by ${Math.round(grownMib)} MiB`);
});

/** What collects garbage at once: without it the heap holds whatever the collector has not come to yet. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
