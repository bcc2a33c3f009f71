// RSA with private keys leaves the event loop free, also with the longest keys.

import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { decryptOaep } from './rsa-encryption.ts';
import { useRsa } from './rsa-thread.ts';
import { makeSignature } from './signatures.ts';
import { signingAlgorithm } from './signing-algorithms.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 4096 });
const plaintext = randomBytes(32);
const padding = constants.RSA_PKCS1_OAEP_PADDING;
const ciphertext = publicEncrypt({ key: pair.publicKey, padding, oaepHash: 'sha256' }, plaintext);
const digest = { bytes: createHash('sha256').update('x').digest(), isDigest: true };

const uses: ReadonlyArray<readonly [string, () => unknown]> = [
  ['decryption', () => decryptOaep(pair, 'RSAES_OAEP_SHA_256', ciphertext)],
  ...['RSASSA_PSS_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_256'].map((name): readonly [string, () => unknown] => [
    name,
    () => makeSignature(pair, signingAlgorithm(name), digest, random),
  ]),
];

for (const [name, use] of uses) {
  test(`${name}: the event loop turns while many wait for it`, async () => {
    await use();
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns += 1;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    await Promise.all(Array.from({ length: 20 }, use));
    isOver = true;
    // Done at once all of them would be one turn.
    assert.ok(turns > 20, `${turns} turns`);
  });
}

test('what OpenSSL refuses is refused alone, and its bytes are nobody else’s', async () => {
  const broken = Buffer.from(ciphertext);
  broken[100] = (broken[100] ?? 0) ^ 1;
  const asked = [ciphertext, broken, Buffer.from('short'), ciphertext].map((bytes) =>
    useRsa({ key: pair.privateKey, padding, oaepHash: 'sha256', bytes }),
  );
  assert.deepEqual(await Promise.all(asked), [plaintext, undefined, undefined, plaintext]);
});
