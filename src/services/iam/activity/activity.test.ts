// What is noted of calls, once a quarter of an hour, whose it is, and what is written of it when.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Region } from '#core/account.ts';
import type { Caller, Principal } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import { need } from '#core/need.ts';
import { testAccountId as accountId, openTestIam } from '../testing/open-test-iam.ts';
import { openNotes } from './notes.ts';

const region = 'us-east-1' as Region;
const pull = [need('ecr:BatchGetImage', '*')];

function callerOf(principal: Partial<Principal>, accessKeyId: string, receivedAtMs: number): Caller {
  return {
    principal: { kind: 'user', accountId, arn: '', principalId: 'AIDAANN', ...principal },
    accountId,
    region,
    accessKeyId,
    credential: 'sigv4',
    call: {
      requestId: '',
      receivedAtMs,
      sourceAddress: '192.0.2.1',
      secureTransport: true,
      userAgent: '',
      host: '',
      registry: { accountId, region },
      neutralHost: true,
    },
  };
}

test('the same use is noted once a quarter of an hour, another region, action or key at once', () => {
  const notes = openNotes();
  const ann = (atMs: number) => callerOf({}, 'AKIAANN', atMs);
  notes.note(ann(1000), pull);
  notes.note(ann(2000), pull);
  const first = notes.take();
  assert.deepEqual(first.activities, [{ entity_id: 'AIDAANN', action: 'ecr:BatchGetImage', used_at_ms: 1000, region }]);
  assert.deepEqual(first.keyUses, [{ access_key_id: 'AKIAANN', used_at_ms: 1000, service: 'ecr', region }]);
  notes.note(ann(3000), pull);
  assert.deepEqual(notes.take(), { activities: [], keyUses: [] });
  notes.note({ ...ann(4000), region: 'eu-west-1' as Region }, pull);
  notes.note(ann(5000), [need('iam:ListUsers', '*')]);
  notes.note(callerOf({}, 'ASIAANN', 6000), pull);
  const second = notes.take();
  assert.deepEqual(
    second.activities.map((row) => [row.action, row.used_at_ms, row.region]),
    [
      ['ecr:BatchGetImage', 6000, region],
      ['iam:ListUsers', 5000, region],
    ],
  );
  assert.deepEqual(second.keyUses, [{ access_key_id: 'AKIAANN', used_at_ms: 5000, service: 'iam', region }]);
  notes.note(ann(limits.activityWindowMs), pull);
  assert.equal(notes.take().activities[0]?.used_at_ms, limits.activityWindowMs);
});

test('sessions count for their users and roles, root for its account, strangers for nobody', () => {
  const notes = openNotes();
  const session = { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '' };
  const role = { roleId: 'AROAR', arn: '', name: 'r' };
  const user = { userId: 'AIDABOB', arn: '', name: 'bob' };
  const principals: ReadonlyArray<Partial<Principal>> = [
    { kind: 'assumed-role', principalId: 'AROAR:one', session: { ...session, role } },
    { kind: 'assumed-role', principalId: 'AROAS:one' },
    { kind: 'federated-user', principalId: `${accountId}:x`, session: { ...session, user } },
    { kind: 'root', principalId: accountId },
    { kind: 'service', principalId: 'x' },
  ];
  for (const [index, principal] of principals.entries()) notes.note(callerOf(principal, `ASIA${index}`, 1), pull);
  const { activities, keyUses } = notes.take();
  assert.deepEqual(
    activities.map((row) => row.entity_id),
    ['AROAR', 'AROAS', 'AIDABOB', accountId],
  );
  assert.deepEqual(keyUses, []);
});

test('notes are bounded, and what could not be written is kept', () => {
  const notes = openNotes();
  for (let index = 0; index < limits.activityNotesMax + 100; index += 1) {
    notes.note(callerOf({ principalId: `AIDA${index}` }, `AKIA${index}`, 1), pull);
  }
  const uses = notes.take();
  assert.equal(uses.activities.length, limits.activityNotesMax);
  assert.equal(uses.keyUses.length, limits.activityNotesMax);
  notes.giveBack({ activities: uses.activities.slice(0, 2), keyUses: uses.keyUses.slice(0, 1) });
  const again = notes.take();
  assert.deepEqual([again.activities.length, again.keyUses.length], [2, 1]);
});

test('of several uses the latest stays, and what is older than the tracking period goes', async () => {
  const { iam, options, close } = await openTestIam();
  const { activity } = iam;
  options.clock.advance(1000);
  activity.note(callerOf({}, 'AKIAANN', 2000), pull);
  await activity.write();
  activity.note(callerOf({}, 'AKIAOTHER', 1500), [...pull, need('ecr:PutImage', '*')]);
  assert.deepEqual(
    (await activity.of(['AIDAANN'])).map((row) => [row.action, row.used_at_ms]),
    [
      ['ecr:BatchGetImage', 2000],
      ['ecr:PutImage', 1500],
    ],
  );
  assert.equal((await activity.last('AIDAANN'))?.used_at_ms, 2000);
  assert.deepEqual(await activity.of([]), []);
  options.clock.advance(limits.activityLifeMs + 1001);
  activity.note(callerOf({ principalId: 'AIDABOB' }, 'AKIABOB', options.clock.nowMs()), pull);
  assert.equal(await activity.last('AIDAANN'), undefined);
  await close();
});
