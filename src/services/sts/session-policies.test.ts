// What a session is given must fit in its token: policies, tags, and the claims that stay with it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '#core/caller.ts';
import { limits } from '#core/limits.ts';
import type { StsRooms } from './rooms.ts';
import { packedSize } from './session-policies.ts';

const begun: Session = { issuedAtMs: 0, expiresAtMs: 1, sourceAddress: '' };

/** Every byte counts as one: nothing packs smaller. */
const rooms: { readonly sessions: Pick<StsRooms['sessions'], 'packedBytes'> } = {
  sessions: { packedBytes: (given) => JSON.stringify(given).length },
};

/** Exactly so many bytes of `{"policies":["…"]}`, or of a claim. */
const policy = (bytes: number): Session => ({ ...begun, policies: ['x'.repeat(bytes - 17)] });
const claim = (bytes: number): Session => ({ ...begun, conditionKeys: { a: 'x'.repeat(bytes - 26) } });

test('up to all of the space is told in percent, and one byte more is refused', () => {
  assert.deepEqual(packedSize(rooms, begun), {});
  assert.deepEqual(packedSize(rooms, policy(limits.packedPolicyBytesMax / 4)), { PackedPolicySize: 25 });
  assert.deepEqual(packedSize(rooms, policy(limits.packedPolicyBytesMax)), { PackedPolicySize: 100 });
  const tooLarge = { kind: 'packed-policy-too-large', message: /^Packed policy consumes 101% of allotted space/ };
  assert.throws(() => packedSize(rooms, policy(limits.packedPolicyBytesMax + 1)), tooLarge);
});

test('claims that stay with the session take their share, and are not told', () => {
  assert.deepEqual(packedSize(rooms, claim(limits.packedPolicyBytesMax)), {});
  const tooLarge = { kind: 'packed-policy-too-large' };
  assert.throws(() => packedSize(rooms, claim(limits.packedPolicyBytesMax + 1)), tooLarge);
  const both = { ...claim(limits.packedPolicyBytesMax), tags: { a: 'b' } };
  assert.throws(() => packedSize(rooms, both), tooLarge);
});
