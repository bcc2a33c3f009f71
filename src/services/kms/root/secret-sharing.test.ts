// Shares of a secret: any k of n give it back, fewer fit every secret, and a slip or a stranger's share is named.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom as random } from '#core/random.ts';
import { invert, multiply } from './field-256.ts';
import { RootSealedError, WrongSecretError } from './provider.ts';
import { shamirProvider, sharesOf, takeShare } from './providers/shamir.ts';
import { newRootKey } from './root-key.ts';
import { combine, split } from './secret-sharing.ts';
import { readShare, type Share } from './shares.ts';

test('the field is that of AES: known products, inverses, and the laws that sharing needs', () => {
  // FIPS 197, 4.2.
  assert.deepEqual([multiply(0x57, 0x83), multiply(0x57, 0x13), multiply(0x57, 2)], [0xc1, 0xfe, 0xae]);
  for (let value = 1; value < 256; value += 1) assert.equal(multiply(value, invert(value)), 1, String(value));
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(byte, byte, byte, (a, b, c) => {
      assert.equal(multiply(a, b), multiply(b, a));
      assert.equal(multiply(a, b ^ c), multiply(a, b) ^ multiply(a, c));
      assert.equal(multiply(a, multiply(b, c)), multiply(multiply(a, b), c));
    }),
  );
});

test('any k shares give the secret, in any order', () => {
  const sizes = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.nat(8), fc.uint8Array({ minLength: 1, maxLength: 40 }));
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.nat()), ([threshold, more, bytes], choices) => {
      const secret = Buffer.from(bytes);
      const points = [...split(secret, threshold, threshold + more, random)];
      const chosen = Array.from({ length: threshold }, () => {
        const at = Number(choices.next().value) % points.length;
        return points.splice(at, 1)[0] ?? assert.fail();
      });
      assert.deepEqual(combine(chosen), secret);
    }),
    { numRuns: 200 },
  );
});

test('one share fewer tells nothing: with it every secret is as possible as every other', () => {
  const secret = Buffer.from([0x42]);
  const [first = assert.fail()] = split(secret, 2, 3, random);
  const possible = new Set<number>();
  for (let value = 0; value < 256; value += 1) {
    possible.add(combine([first, { index: 2, bytes: Buffer.from([value]) }])[0] ?? -1);
  }
  assert.equal(possible.size, 256);
  for (const [threshold, count] of [
    [1, 3],
    [4, 3],
    [2, 256],
  ] as const) {
    assert.throws(() => split(secret, threshold, count, random), /2 to 255 shares/);
  }
});

test('a key is opened by enough genuine shares only', async () => {
  const key = newRootKey(random);
  let given: readonly Share[] = [];
  const provider = shamirProvider({ shares: () => given }, 3, 5);
  const record = await provider.keep(key);
  assert.equal(JSON.stringify([...record.fields]).includes(key.bytes.toString('hex')), false);
  const lines = sharesOf(key, 3, 5, random);
  const take = (line = '') => {
    given = [...given, takeShare(line, key.id, given)];
  };
  take(lines[4]);
  take(`  ${lines[0]?.toUpperCase()}\n`);
  await assert.rejects(provider.open(record), (error) => {
    return error instanceof RootSealedError && /2 of 3 shares have been given/.test(error.message);
  });
  take(lines[2]);
  assert.deepEqual(await provider.open(record), key);
  given = [...given.slice(0, 2), { ...(given[2] ?? assert.fail()), bytes: random.bytes(32) }];
  await assert.rejects(provider.open(record), /do not fit together/);
});

test('a slip, a stranger, a repetition and nonsense are named, and never repeated', () => {
  const key = newRootKey(random);
  const [line = '', second = ''] = sharesOf(key, 2, 3, random);
  const refused = (text: string, expected: RegExp, given: readonly Share[] = []) =>
    assert.throws(
      () => takeShare(text, key.id, given),
      (error) =>
        error instanceof WrongSecretError &&
        expected.test(error.message) &&
        (text.length < 70 || !error.message.includes(text.slice(40, 70))),
    );
  const slip = line.replace(
    /-([0-9a-f])([0-9a-f]{63})-/,
    (_, one: string, rest: string) => `-${one === '0' ? '1' : '0'}${rest}-`,
  );
  refused(slip, /Share 1 was not copied right/);
  refused(second.replace('-2-2-', '-2-3-'), /Share 3 was not copied right/);
  refused(sharesOf(newRootKey(random), 2, 3, random)[0] ?? '', /is of the root key .*; needed are those of/);
  refused(line, /Share 1 has been given already/, [readShare(line)]);
  for (const text of [
    '',
    'hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2',
    line.slice(0, -1),
    `${line}0`,
  ]) {
    refused(text, /This is no share/);
  }
});
