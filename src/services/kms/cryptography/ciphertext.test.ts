// Ciphertexts: every bit counts, contexts compare without order, and what stands in the header is the truth.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemRandom as random } from '#core/random.ts';
import type { KmsKey } from '../keys/key.ts';
import { decrypt, encrypt, readHeader } from './ciphertext.ts';
import { canonicalContext } from './encryption-context.ts';

const keyOf = (keyId: string) => ({ keyId }) as KmsKey;
const newMaterial = () => ({ materialId: random.bytes(32).toString('hex'), bytes: random.bytes(32) });
const plain = keyOf('0d990263-018e-4e65-a703-eff731de951e');
const multiRegion = keyOf('mrk-0d990263018e4e65a703eff731de951e');
const invalid = { kind: 'kms-ciphertext-invalid' };

test('a plaintext comes back under its material and context, in whatever order', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 4096 });
  const context = fc.dictionary(fc.string(), fc.string(), { maxKeys: 6 });
  const material = newMaterial();
  fc.assert(
    fc.property(bytes, context, fc.boolean(), (plaintext, given, isMultiRegion) => {
      const key = isMultiRegion ? multiRegion : plain;
      const ciphertext = encrypt(key, material, plaintext, given, random);
      assert.deepEqual(readHeader(ciphertext), { keyId: key.keyId, materialId: material.materialId });
      const turned = Object.fromEntries(Object.entries(given).reverse());
      assert.deepEqual(decrypt(material, ciphertext, turned), Buffer.from(plaintext));
      assert.ok(ciphertext.length <= 6144);
    }),
  );
});

test('two contexts that differ never have the same canonical form', () => {
  const word = fc.oneof(fc.constantFrom('a', 'ab', 'b', '', 'A', '__proto__'), fc.string());
  const context = fc.dictionary(word, word, { maxKeys: 3 });
  const sorted = (given: Readonly<Record<string, string>>) =>
    JSON.stringify(
      Object.keys(given)
        .sort()
        .map((name) => [name, given[name]]),
    );
  fc.assert(
    fc.property(context, context, (one, other) => {
      assert.equal(canonicalContext(one).equals(canonicalContext(other)), sorted(one) === sorted(other));
    }),
  );
  assert.deepEqual(canonicalContext(undefined), canonicalContext({}));
  assert.throws(() => canonicalContext({ '\ud800': 'x' }), { kind: 'validation-failed' });
  assert.throws(() => canonicalContext({ a: 'x'.repeat(8192) }), { kind: 'validation-failed' });
});

test('every flipped bit, every cut and every byte more is refused', () => {
  const material = newMaterial();
  const ciphertext = encrypt(plain, material, Buffer.from('secret'), { a: 'b' }, random);
  const open = (bytes: Uint8Array) => {
    readHeader(bytes);
    return decrypt(material, bytes, { a: 'b' });
  };
  for (let bit = 0; bit < ciphertext.length * 8; bit += 1) {
    const changed = Buffer.from(ciphertext);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => open(changed), invalid, `bit ${bit}`);
  }
  for (let length = 0; length < ciphertext.length; length += 1) {
    assert.throws(() => open(ciphertext.subarray(0, length)), invalid);
  }
  assert.throws(() => open(Buffer.concat([ciphertext, Buffer.alloc(1)])), invalid);
  assert.deepEqual(open(ciphertext), Buffer.from('secret'));
});

test('another context and other material open nothing', () => {
  const material = newMaterial();
  const ciphertext = encrypt(plain, material, Buffer.from('secret'), { a: 'b' }, random);
  for (const context of [undefined, {}, { A: 'b' }, { a: 'B' }, { a: 'b', c: '' }, { b: 'a' }]) {
    assert.throws(() => decrypt(material, ciphertext, context), invalid);
  }
  assert.throws(() => decrypt(newMaterial(), ciphertext, { a: 'b' }), invalid);
});

test('the bytes are where docs/design/keys.md says they are', () => {
  const material = newMaterial();
  const ciphertext = encrypt(plain, material, Buffer.from('secret'), undefined, random);
  assert.equal(ciphertext.length, 110 + 'secret'.length);
  assert.equal(ciphertext.toString('hex', 0, 2), '0100');
  assert.equal(ciphertext.toString('hex', 2, 18), '0d990263018e4e65a703eff731de951e');
  assert.equal(ciphertext.toString('hex', 18, 50), material.materialId);
  const again = encrypt(plain, material, Buffer.from('secret'), undefined, random);
  assert.notDeepEqual(again.subarray(50, 82), ciphertext.subarray(50, 82), 'a fresh salt each time');
  assert.notDeepEqual(again.subarray(94), ciphertext.subarray(94));
});
