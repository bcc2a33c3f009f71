// Power cuts at any call of the file store: what was committed is whole, all else is absent, and no byte is wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '#core/random.ts';
import { encryptedBlobStore } from '../encrypted/encrypted-store.ts';
import { memoryKeyRing } from '../testing/memory-key-ring.ts';
import { type PowerCutPlay, playPowerCuts } from '../testing/power-cut-play.ts';
import { openFileBlobStore } from './file-store.ts';

const random = systemRandom;

const openPlain: PowerCutPlay['open'] = (fileSystem, directory) => openFileBlobStore({ directory, random, fileSystem });

/** Plays with seeds from a random one on; the first that breaks the contract is named. */
async function playMany(play: Omit<PowerCutPlay, 'seed'>, plays: number) {
  const first = random.bytes(4).readUInt32BE();
  const counts = { cuts: 0, acknowledged: 0, checked: 0 };
  for (let seed = first; seed < first + plays; seed += 1) {
    await playPowerCuts({ ...play, seed }, counts).catch((error: unknown) => {
      throw new Error(`with the seed ${seed}: ${String(error)}`, { cause: error });
    });
  }
  return counts;
}

test('the file store keeps its contract across power cuts', async (context) => {
  const counts = await playMany({ open: openPlain }, 80);
  context.diagnostic(JSON.stringify(counts));
  assert.ok(counts.acknowledged > 800 && counts.checked > 800, JSON.stringify(counts));
});

test('so does the encrypted store over it', async () => {
  const keyRing = memoryKeyRing(random);
  const open: PowerCutPlay['open'] = async (fileSystem, directory) =>
    encryptedBlobStore({ store: await openPlain(fileSystem, directory), keyRing, random });
  await playMany({ open }, 20);
});

for (const call of ['sync', 'syncFolder'] as const) {
  test(`a store whose ${call} did nothing would be found out`, async () => {
    await assert.rejects(playMany({ open: openPlain, lies: new Set([call]) }, 80), /with the seed \d+: .* holds /);
  });
}
