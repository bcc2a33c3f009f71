// Bounds on open requests: of the site, of an address, of a principal; what leaves makes room again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Caller } from '#core/caller.ts';
import { isKind } from '#core/errors.ts';
import type { Request } from '#core/message.ts';
import { openCrowd } from './crowd.ts';

const bounds = { openMax: 8, openPerAddressMax: 3, openPerPrincipalMax: 2, countedFrom: 0, startsPerTurn: 100 };
const request = { method: 'GET', path: '/v2/', query: '', headers: {} } as Request;

function stage(limits = bounds) {
  const crowd = openCrowd(
    limits,
    () => undefined,
    () => undefined,
  );
  const come = (sourceAddress: string, principalId?: string) => {
    const call = { sourceAddress } as Call;
    crowd.arrive();
    try {
      void crowd.admit(request, call);
      if (principalId !== undefined) crowd.recognise({ call, principal: { principalId } } as Caller);
      return { call, refused: undefined };
    } catch (error) {
      assert.ok(isKind(error, 'throttled'));
      assert.equal(error.details.retryAfterMs, 1000);
      return { call, refused: error.message };
    }
  };
  return { crowd, come };
}

test('an address has its share, and gets it back', () => {
  const { crowd, come } = stage();
  const mine = [come('a'), come('a'), come('a')];
  assert.match(come('a').refused ?? '', /address/);
  assert.equal(come('b').refused, undefined);
  assert.equal(crowd.open(), 5);
  for (const { call } of mine) crowd.leave(call);
  assert.equal(crowd.open(), 2);
  // The refused one is still open: it leaves when its refusal is written.
  assert.equal(come('a').refused, undefined);
  assert.equal(come('a').refused, undefined);
  assert.match(come('a').refused ?? '', /address/);
});

test('a principal has its share whatever the address', () => {
  const { crowd, come } = stage();
  const first = come('a', 'P');
  come('b', 'P');
  const third = come('c', 'P');
  assert.match(third.refused ?? '', /principal/);
  assert.equal(come('c', 'Q').refused, undefined);
  crowd.leave(third.call);
  crowd.leave(first.call);
  assert.equal(come('d', 'P').refused, undefined);
});

test('the site has an end too', () => {
  const { crowd, come } = stage();
  const calls = Array.from({ length: 8 }, (_, index) => come(`address ${index}`));
  assert.ok(calls.every(({ refused }) => refused === undefined));
  const late = come('late');
  assert.match(late.refused ?? '', /site/);
  crowd.leave(late.call);
  for (const { call } of calls) crowd.leave(call);
  assert.equal(come('late').refused, undefined);
});

test('while few are open nobody is counted', () => {
  const { come } = stage({ ...bounds, countedFrom: 5, openMax: 100 });
  assert.ok(Array.from({ length: 5 }, () => come('a', 'P')).every(({ refused }) => refused === undefined));
  assert.deepEqual([come('a', 'P').refused, come('a', 'P').refused], [undefined, undefined]);
  assert.match(come('a', 'P').refused ?? '', /principal/);
});
