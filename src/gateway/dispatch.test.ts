// The corridor's own promises: nothing runs without its permission and its trace, and one call leaves one record.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAudit } from '#audit/open-audit.ts';
import type { AccountId, Region } from '#core/account.ts';
import type { Call, Caller } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Request } from '#core/message.ts';
import { need } from '#core/need.ts';
import type { AnyOperation } from '#core/operation.ts';
import { systemRandom } from '#core/random.ts';
import type { WireFormat } from '#wire/wire-format.ts';
import { openCrowd } from './crowd.ts';
import { openGateway } from './dispatch.ts';
import type { Door } from './door.ts';

const accountId = '111122223333' as AccountId;
const call: Call = {
  requestId: '00000000-0000-4000-8000-000000000001',
  receivedAtMs: 0,
  sourceAddress: '127.0.0.1',
  secureTransport: false,
  userAgent: 'test',
  host: 'localhost',
  registry: { accountId, region: 'us-east-1' as Region },
  neutralHost: true,
};
const arn = `arn:aws:iam::${accountId}:user/alice`;
const caller: Caller = {
  principal: { kind: 'user', accountId, arn, principalId: 'AIDAALICE', userName: 'alice' },
  accountId,
  region: 'us-east-1' as Region,
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  credential: 'sigv4',
  call,
};

/** The path names the operation; answers and refusals are plain text. */
const format: WireFormat = {
  operationOf: (_service, request) => request.path.slice(1),
  read: () => ({}),
  write: (_service, _operation, output) => ({ status: 200, headers: {}, body: String(output) }),
  refuse: (_service, { status, code }) => ({ status, headers: {}, body: code }),
};

interface Told {
  readonly intent?: object;
  readonly eventName?: string;
  readonly errorCode?: string;
}

/** A corridor of one door over a log in memory, which a test may break. */
function openCorridor(isAllowed = true) {
  const log = { isBroken: false, failures: 0, text: '' };
  const ran: string[] = [];
  const operationOf = (kind: 'read' | 'write', handle: () => string): AnyOperation<unknown> => ({
    kind,
    needs: () => [need('test:Do', arn)],
    handle,
  });
  const door: Door = {
    service: {
      name: 'test',
      protocol: 'aws-json-1.1',
      eventSource: 'test.amazonaws.com',
      operations: {
        Change: operationOf('write', () => `changed ${ran.push('Change')}`),
        Look: operationOf('read', () => `looked ${ran.push('Look')}`),
        // The change is made, and then the disk fails once, before its record is written.
        Break: operationOf('write', () => {
          log.failures = 1;
          return `changed ${ran.push('Break')}`;
        }),
      },
      errors: {},
      rooms: undefined,
    },
    format,
    spell: (kind) => ({ code: kind, status: kind === 'audit-unavailable' ? 503 : 400 }),
    credential: 'signature',
  };
  const sink = {
    async append(batch: Uint8Array) {
      log.failures -= 1;
      if (log.isBroken || log.failures >= 0) throw new Error('the disk is gone');
      log.text += Buffer.from(batch).toString();
    },
  };
  const clock = manualClock(0);
  const audit = openAudit({ sink, macKey: Buffer.alloc(32), head: undefined, clock, random: systemRandom, retryMs: 1 });
  const deny = async () => {
    throw new DomainError('access-denied', 'no', { action: 'test:Do', resource: arn });
  };
  const roomy = { openMax: 9, openPerAddressMax: 9, openPerPrincipalMax: 9, countedFrom: 9, startsPerTurn: 9 };
  const handler = openGateway({
    sealReasons: () => 'sealed',
    doors: { find: () => door },
    crowd: openCrowd(roomy, () => undefined),
    identify: () => caller,
    failedProofs: { failed: () => undefined, proved: () => undefined, close: () => undefined },
    permit: { require: () => (isAllowed ? undefined : deny()), may: () => isAllowed },
    audit,
    observe: () => undefined,
  });
  const request = (path: string): Request => ({
    ...{ method: 'POST', path, query: '', headers: {} },
    body: { declaredBytes: 0, bytes: async () => Buffer.alloc(0), async *stream() {} },
  });
  const told = (): readonly Told[] => {
    const lines = log.text.split('\n').filter((line) => line !== '' && !line.startsWith('{"seal"'));
    return lines.map((line) => JSON.parse(line) as Told);
  };
  return { log, ran, audit, told, send: (path: string) => handler(request(path), call) };
}

test('a write leaves its intent, then its record', async () => {
  const { send, told } = openCorridor();
  assert.equal((await send('/Change')).body, 'changed 1');
  const [intent, record, ...more] = told();
  assert.ok(intent?.intent);
  assert.deepEqual([record?.eventName, record?.errorCode, more.length], ['Change', undefined, 0]);
});

test('what is denied does not run, and its one record says so', async () => {
  const { send, told, ran } = openCorridor(false);
  assert.equal((await send('/Change')).body, 'access-denied');
  assert.deepEqual(ran, []);
  assert.deepEqual(
    told().map(({ eventName, errorCode }) => [eventName, errorCode]),
    [['Change', 'AccessDenied']],
  );
});

test('without a log no write begins', async () => {
  const { send, ran, log } = openCorridor();
  log.isBroken = true;
  const { status, body } = await send('/Change');
  assert.deepEqual([status, body, ran], [503, 'audit-unavailable', []]);
  assert.equal((await send('/Look')).status, 503);
});

test('a write that was done while the log broke is recorded once, as done, when the log is back', async () => {
  const { send, told, ran, audit } = openCorridor();
  assert.equal((await send('/Break')).status, 503);
  assert.deepEqual(ran, ['Break']);
  await audit.close();
  const records = told().filter(({ intent }) => intent === undefined);
  assert.deepEqual(
    records.map(({ eventName, errorCode }) => [eventName, errorCode]),
    [['Break', undefined]],
  );
});
