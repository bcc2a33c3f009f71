// Signatures over digests are the ones that OpenSSL knows: made here they open there, and the other way round.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { systemRandom as random } from '#core/random.ts';
import { curveOf } from './curves.ts';
import { derOf, readDer } from './ecdsa-der.ts';
import { keyPairOf } from './key-pair.ts';
import { inverse, modulo } from './modular.ts';
import { newPrivateKey } from './new-private-key.ts';
import { isSignature, makeSignature } from './signatures.ts';
import { signingAlgorithm } from './signing-algorithms.ts';

const cases: ReadonlyArray<readonly [spec: string, algorithms: readonly string[]]> = [
  ['ECC_NIST_P256', ['ECDSA_SHA_256']],
  ['ECC_NIST_P384', ['ECDSA_SHA_384']],
  ['ECC_NIST_P521', ['ECDSA_SHA_512']],
  ['ECC_SECG_P256K1', ['ECDSA_SHA_256']],
  [
    'RSA_2048',
    [
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
    ],
  ],
];
const newPair = async (spec: string) => keyPairOf({ materialId: '', bytes: await newPrivateKey(spec) });

for (const [spec, names] of cases) {
  describe(spec, async () => {
    const pair = await newPair(spec);
    const other = await newPair(spec);
    for (const name of names) {
      const algorithm = signingAlgorithm(name);
      assert.ok('hash' in algorithm);
      const { hash } = algorithm;
      const bothOf = (bytes: Uint8Array) => {
        const digest = createHash(hash).update(bytes).digest();
        return [
          { bytes, isDigest: false },
          { bytes: digest, isDigest: true },
        ] as const;
      };

      test(`${name}: a message and its digest are one`, async () => {
        await fc.assert(
          fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), async (bytes) => {
            const [message, digest] = bothOf(bytes);
            for (const [made, asked] of [
              [message, digest],
              [digest, message],
              [digest, digest],
            ] as const) {
              const signature = await makeSignature(pair, algorithm, made, random);
              assert.ok(isSignature(pair, algorithm, asked, signature));
              assert.ok(!isSignature(other, algorithm, asked, signature));
            }
          }),
          { numRuns: spec.startsWith('RSA') ? 10 : 40 },
        );
      });

      test(`${name}: a signature that was changed, or of something else, is none`, async () => {
        const [message, digest] = bothOf(Buffer.from('a message'));
        const signature = Buffer.from(await makeSignature(pair, algorithm, digest, random));
        for (let bit = 0; bit < signature.length * 8; bit += 7) {
          const changed = Buffer.from(signature);
          changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          for (const asked of [message, digest]) assert.ok(!isSignature(pair, algorithm, asked, changed), `${bit}`);
        }
        const [, another] = bothOf(Buffer.from('another message'));
        assert.ok(!isSignature(pair, algorithm, another, signature));
        for (const wrong of [Buffer.alloc(0), signature.subarray(1), Buffer.concat([signature, Buffer.alloc(1)])]) {
          assert.ok(!isSignature(pair, algorithm, digest, wrong));
        }
      });
    }
  });
}

test('odd digests: zero is refused, and all other numbers are signed', async () => {
  const algorithm = signingAlgorithm('ECDSA_SHA_256');
  const pair = await newPair('ECC_NIST_P256');
  const { order } = curveOf('prime256v1');
  const of = (value: bigint) => ({ bytes: Buffer.from(value.toString(16).padStart(64, '0'), 'hex'), isDigest: true });
  for (const zero of [0n, order]) {
    assert.throws(() => makeSignature(pair, algorithm, of(zero), random), { kind: 'validation-failed' });
  }
  for (const value of [1n, order - 1n, order + 1n, 2n ** 256n - 1n]) {
    assert.ok(isSignature(pair, algorithm, of(value), await makeSignature(pair, algorithm, of(value), random)));
  }
  const fixed = createHash('sha256').update('sallyport').digest();
  const asItself = { bytes: fixed, isDigest: true };
  assert.ok(isSignature(pair, algorithm, asItself, await makeSignature(pair, algorithm, asItself, random)));
});

test('an ECDSA signature has one spelling', () => {
  const { order } = curveOf('secp521r1');
  const number = fc.bigInt({ min: 1n, max: order - 1n });
  fc.assert(
    fc.property(number, number, (r, s) => {
      const der = derOf(r, s);
      assert.deepEqual(readDer(der, order), { r, s });
      assert.equal(readDer(Buffer.concat([der, Buffer.from([0])]), order), undefined);
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void readDer(bytes, order)));
  for (const [r, s] of [
    [0n, 1n],
    [1n, 0n],
    [order, 1n],
    [1n, order],
  ] as const) {
    assert.equal(readDer(derOf(r, s), order), undefined);
  }
  // r with a zero that is not needed.
  assert.equal(readDer(Buffer.from('300702020001020101', 'hex'), order), undefined);
});

test('an inverse is one', () => {
  for (const name of ['prime256v1', 'secp384r1', 'secp521r1', 'secp256k1']) {
    const { order } = curveOf(name);
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: order - 1n }), (value) => {
        assert.equal(modulo(value * inverse(value, order), order), 1n);
      }),
    );
  }
});
