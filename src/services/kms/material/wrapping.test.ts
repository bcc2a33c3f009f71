// Wrapped key material opens in its own row and under its own root key only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { newRootKey } from '../root/root-key.ts';
import { holdRootKeys } from '../root/root-keys.ts';
import { openMaterialWrapping } from './wrapping.ts';

const identity = { key_id: 'k', region: 'us-east-1', account_id: '111122223333', material_id: 'm', sequence: 1 };

test('a row that was changed, or whose bytes were, does not open', () => {
  const wrapping = openMaterialWrapping(holdRootKeys(newRootKey(random)), random);
  const material = random.bytes(32);
  const wrapped = wrapping.wrap(identity, material);
  assert.equal(wrapped.indexOf(material), -1);
  assert.deepEqual(wrapping.unwrap({ ...identity, wrapped }), material);
  const changes = [
    { key_id: 'l' },
    { region: 'eu-west-1' },
    { account_id: '1' },
    { material_id: 'n' },
    { sequence: 2 },
  ];
  for (const change of changes) {
    assert.throws(() => wrapping.unwrap({ ...identity, ...change, wrapped }), /does not open/, JSON.stringify(change));
  }
  for (let bit = 0; bit < wrapped.length * 8; bit += 1) {
    const flipped = Buffer.from(wrapped);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.throws(() => wrapping.unwrap({ ...identity, wrapped: flipped }), /material m of key k/);
  }
  assert.throws(() => wrapping.unwrap({ ...identity, wrapped: wrapped.subarray(0, 20) }), /does not open/);
});

test('another root key is named', () => {
  const rootKey = newRootKey(random);
  const wrapped = openMaterialWrapping(holdRootKeys(rootKey), random).wrap(identity, random.bytes(32));
  const other = openMaterialWrapping(holdRootKeys(newRootKey(random)), random);
  assert.throws(() => other.unwrap({ ...identity, wrapped }), new RegExp(`under the root key ${rootKey.id}`));
});
