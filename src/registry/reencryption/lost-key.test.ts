// A move whose old key was deleted on the way: what had moved is there, and it ends once what was lost is deleted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '#core/caller.ts';
import { collect } from '../collection/collect.ts';
import { home, imageManifest, pushOf, refuses } from '../testing/test-images.ts';
import { digestOf, hourMs, newGround, openHouse, put, readAll } from '../testing/test-layers.ts';

const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;

test('what was under the key alone is lost, nothing else, and the move does not wait for ever', async (context) => {
  const ground = await newGround();
  context.after(() => ground.database.close());
  const house = openHouse(ground);
  const { repositories, images, layers, moves, repositoryKeys, clock, collection } = house;
  for (const name of ['one', 'two']) repositoryKeys.usable.set(name, ['read', 'write']);
  const before = await repositories.create(home, { name: 'app', encryption: { type: 'KMS', kmsKey: 'one' } });
  const size = 'config'.length;
  const old = imageManifest({ digest: await put(house, before, 'config'), size }, []);
  await images.push(before, pushOf(old, 'old'));
  await moves.reencryptions.start(before, { kmsKey: 'two' }, caller);
  const moving = await repositories.get(home, 'app');
  const recent = imageManifest({ digest: await put(house, moving, 'recent'), size }, []);
  await images.push(moving, pushOf(recent, 'recent'));
  // As the deletion of a key takes its slots.
  await repositoryKeys.release(before.keySlot ?? '', undefined);
  const told: string[] = [];
  const run = () =>
    moves.run(new AbortController().signal, {
      ended: async (_repository, end) => void told.push((await end())?.status ?? ''),
      paused: (_repository, _move, reason, pause) => {
        told.push(reason);
        return pause();
      },
      failed: (_repository, error) => assert.fail(String(error)),
    });
  await run();
  assert.equal(told.length, 1);
  await refuses(images.get(moving, { tag: 'old' }), 'kms-unavailable');
  assert.deepEqual((await images.get(moving, { tag: 'recent' })).bytes, recent.bytes);
  await images.removeImage(moving, old.digest, 'refuse');
  clock.advance(3 * hourMs);
  await collect(collection);
  await run();
  assert.equal(told.at(-1), 'COMPLETE');
  const after = await repositories.get(home, 'app');
  assert.deepEqual([after.moving, after.encryption.kmsKey], [undefined, 'two']);
  assert.equal((await readAll(layers.read(after, digestOf('recent')))).toString(), 'recent');
});
