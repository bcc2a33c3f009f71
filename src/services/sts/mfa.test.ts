// One-time codes: what policies see of a right one, what a session keeps of it, and that it is good once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountId, Region } from '#core/account.ts';
import type { Caller } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import type { MfaCheck } from '#core/ports/mfa-check.ts';
import type { NewSession } from '#core/ports/session-issuer.ts';
import { assumeRole } from './assume-role.ts';
import type { StsRooms } from './rooms.ts';
import { getSessionToken } from './session-token.ts';

const accountId = '111122223333' as AccountId;
const region = 'us-east-1' as Region;
const nowMs = 1_000_000;
const RoleArn = `arn:aws:iam::${accountId}:role/Guarded`;
const device = `arn:aws:iam::${accountId}:mfa/ann`;
const code = { SerialNumber: device, TokenCode: '123456' };

const caller: Caller = {
  principal: {
    kind: 'user',
    accountId,
    arn: `arn:aws:iam::${accountId}:user/ann`,
    principalId: 'AIDA',
    userName: 'ann',
  },
  accountId,
  region,
  accessKeyId: 'AKIA',
  credential: 'sigv4',
  call: {
    requestId: '',
    receivedAtMs: nowMs,
    sourceAddress: '192.0.2.1',
    secureTransport: true,
    userAgent: '',
    host: '',
    registry: { accountId, region },
    neutralHost: true,
  },
};

/** One device whose code is right until it is used. */
function openDevice(): MfaCheck {
  let isUsed = false;
  const check: MfaCheck['check'] = ({ serialNumber, tokenCode }) => {
    if (serialNumber !== device) return 'no-such-device';
    return tokenCode === '123456' && !isUsed ? 'right' : 'wrong-code';
  };
  return {
    check,
    use(asked) {
      const verdict = check(asked);
      isUsed = true;
      return verdict;
    },
  };
}

function openRooms() {
  const made: NewSession[] = [];
  const rooms: StsRooms = {
    accountOfAccessKeyId: () => undefined,
    clock: manualClock(nowMs),
    mfa: openDevice(),
    verifier: { verify: () => Promise.reject(new Error('no token is sent here')) },
    roles: {
      findRole: () => ({ accountId, roleId: 'AROA', arn: RoleArn, name: 'Guarded', maxSessionSeconds: 3600 }),
      hasPolicy: () => false,
    },
    sessions: {
      issue(session) {
        made.push(session);
        return { accessKeyId: '', secretAccessKey: '', sessionToken: '', expiresAtMs: session.session.expiresAtMs };
      },
      packedBytes: () => 0,
      sealMessage: () => '',
      openMessage: () => undefined,
    },
  };
  return { rooms, made };
}

const may = () => true;
const failed = (message: RegExp) => ({ kind: 'access-denied', message });

test('GetSessionToken keeps when a code was shown, and takes it once', async () => {
  const { rooms, made } = openRooms();
  await getSessionToken.handle({}, caller, rooms, may);
  await getSessionToken.handle(code, caller, rooms, may);
  assert.deepEqual(
    made.map(({ session }) => session.mfaAtMs),
    [undefined, nowMs],
  );
  const again = /^MultiFactorAuthentication failed with invalid MFA one time pass code\. $/;
  await assert.rejects(async () => getSessionToken.handle(code, caller, rooms, may), failed(again));
  const wrong = { ...code, TokenCode: '654321' };
  await assert.rejects(async () => getSessionToken.handle(wrong, caller, openRooms().rooms, may), failed(again));
  assert.equal(made.length, 2);
});

test('AssumeRole shows a code to the trust policy, and its session does not keep it', async () => {
  const { rooms, made } = openRooms();
  const input = { RoleArn, RoleSessionName: 'one', ...code };
  const [needed] = assumeRole.needs(input, caller);
  assert.equal(needed?.context?.['aws:MultiFactorAuthPresent'], 'true');
  assert.equal(needed?.context?.['aws:MultiFactorAuthAge'], '0');
  const [plain] = assumeRole.needs({ RoleArn, RoleSessionName: 'one' }, caller);
  assert.equal(plain?.context?.['aws:MultiFactorAuthPresent'], undefined);
  await assumeRole.furtherNeeds?.(input, caller, rooms);
  await assumeRole.handle(input, caller, rooms, may);
  assert.equal(made[0]?.session.mfaAtMs, undefined);
  await assert.rejects(async () => assumeRole.furtherNeeds?.(input, caller, rooms), failed(/invalid MFA one time/));
  await assert.rejects(async () => assumeRole.handle(input, caller, rooms, may), failed(/invalid MFA one time/));
  assert.equal(made.length, 1);
});

test('root assumes no role, and gets an hour at most', async () => {
  const { rooms, made } = openRooms();
  const arn = `arn:aws:iam::${accountId}:root`;
  const root: Caller = { ...caller, principal: { kind: 'root', accountId, arn, principalId: accountId } };
  const input = { RoleArn, RoleSessionName: 'one' };
  const refused = failed(/^Roles may not be assumed by root accounts\.$/);
  await assert.rejects(async () => assumeRole.furtherNeeds?.(input, root, rooms), refused);
  await getSessionToken.handle({}, root, rooms, may);
  assert.equal(made[0]?.session.expiresAtMs, nowMs + 3_600_000);
});
