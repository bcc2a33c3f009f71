// Wrapped key material opens in its own row and under its own root key only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { newRootKey } from '../root/root-key.ts';
import { holdRootKeys } from '../root/root-keys.ts';
import type { WrappedRow } from '../root/wrapped-rows.ts';
import { openTestKms } from '../testing/open-test-kms.ts';
import { keyMaterialRows, openMaterialWrapping } from './wrapping.ts';

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

test('all material is offered to the rotation of the root key, and what changed meanwhile stays', async (context) => {
  const { database, newKey, kms, tables, close } = await openTestKms();
  context.after(close);
  const made = [await newKey(), await newKey(), await newKey()];
  const [first] = made;
  assert.ok(first !== undefined);
  await kms.rooms.rotation.rotateOnDemand(first);
  const known = await tables.selectFrom('kms_key_material').selectAll().execute();
  assert.equal(known.length, 4);
  const seen: WrappedRow[] = [];
  for (let last = ''; ; ) {
    const batch = await keyMaterialRows.after(database, last, 3);
    seen.push(...batch);
    const end = batch.at(-1);
    if (end === undefined) break;
    last = end.id;
  }
  assert.equal(new Set(seen.map(({ id }) => id)).size, 4);
  const [one, other] = seen;
  assert.ok(one !== undefined && other !== undefined);
  const wrapped = Buffer.from('new');
  await keyMaterialRows.replace(database, [
    { row: one, wrapped },
    { row: { ...other, wrapped: Buffer.from('what is not there') }, wrapped },
  ]);
  const now = await keyMaterialRows.after(database, '', 4);
  assert.deepEqual(
    now.map((row) => Buffer.from(row.wrapped).equals(wrapped)),
    [true, false, false, false],
  );
});
