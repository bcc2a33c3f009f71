// Which access keys a session says it came from, however long the chain.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Region } from '#core/account.ts';
import type { Caller, Session } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { beginSession } from './new-session.ts';

const registry = { accountId: '111122223333' as AccountId, region: 'us-east-1' as Region };
const rooms = { clock: manualClock(5000) };

function callerWith(accessKeyId: string, session?: Session): Caller {
  const { accountId, region } = registry;
  const principal = { kind: 'assumed-role', accountId, arn: 'arn', principalId: 'AROA:x' } as const;
  const call = { sourceAddress: '192.0.2.1', registry } as Caller['call'];
  const owner = session === undefined ? principal : { ...principal, session };
  return { principal: owner, accountId, region, accessKeyId, credential: 'sigv4', call };
}

test('a session knows when, where and by which key it was made', () => {
  const begun = beginSession(callerWith('AKIA0'), 900, rooms);
  const times = { issuedAtMs: 5000, expiresAtMs: 905_000 };
  assert.deepEqual(begun, { ...times, sourceAddress: '192.0.2.1', madeWith: ['AKIA0'] });
});

test('through a long chain it keeps the first key and the latest seven', () => {
  let session: Session = beginSession(callerWith('AKIA0'), 900, rooms);
  for (let link = 1; link < 30; link += 1) session = beginSession(callerWith(`ASIA${link}`, session), 900, rooms);
  const latest = Array.from({ length: 7 }, (_, index) => `ASIA${index + 23}`);
  assert.deepEqual(session.madeWith, ['AKIA0', ...latest]);
});
