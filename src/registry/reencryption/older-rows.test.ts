// Images that are older than the column with their domain: they move, come back and are read on the way as all others.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '#core/caller.ts';
import type { ImageTables } from '../images/tables.ts';
import { home, imageManifest, type Made, pushOf } from '../testing/test-images.ts';
import { testKeyRing } from '../testing/test-key-ring.ts';
import { type Ground, newGround, openHouse, put } from '../testing/test-layers.ts';

const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;
const never = new AbortController().signal;
const quiet: Parameters<ReturnType<typeof openHouse>['moves']['run']>[1] = {
  ended: async (_repository, end) => void (await end()),
  paused: (_repository, _move, reason) => assert.fail(reason),
  failed: (_repository, error) => assert.fail(String(error)),
};

async function domainsIn({ database }: Ground): Promise<readonly (string | null)[]> {
  const rows = await database.tables<ImageTables>().selectFrom('image').select('key_domain').distinct().execute();
  return rows.map(({ key_domain }) => key_domain);
}

test('an image whose row names no domain is in the first one of its repository', async (context) => {
  const ground = await newGround();
  context.after(() => ground.database.close());
  const keyRing = testKeyRing();
  for (const name of ['one', 'two']) ground.repositoryKeys.usable.set(name, ['read', 'write']);
  let house = openHouse(ground, keyRing);
  const before = await house.repositories.create(home, { name: 'app' });
  const images: Made[] = [];
  const push = async (name: string) => {
    const repository = await house.repositories.get(home, 'app');
    const config = { digest: await put(house, repository, name), size: name.length };
    const image = imageManifest(config, []);
    await house.images.push(repository, pushOf(image, name));
    images.push(image);
  };
  const look = async () => {
    // With nothing in memory.
    house = openHouse(ground, keyRing);
    for (const repository of [before, await house.repositories.get(home, 'app')]) {
      for (const image of images) {
        assert.deepEqual((await house.images.get(repository, { digest: image.digest })).bytes, image.bytes);
      }
    }
  };
  for (const name of ['a', 'b', 'c']) await push(name);
  await ground.database.tables<ImageTables>().updateTable('image').set({ key_domain: null }).execute();
  await look();
  const start = async (kmsKey: string) =>
    house.moves.reencryptions.start(await house.repositories.get(home, 'app'), { kmsKey }, caller);
  const turns = [
    () => start('one'),
    () => push('pushed-on-the-way'),
    async () => house.moves.reencryptions.cancel(await house.repositories.get(home, 'app')),
    () => push('pushed-on-the-way-back'),
    () => house.moves.run(never, quiet),
    () => start('two'),
    () => house.moves.run(never, quiet),
  ];
  for (const turn of turns) {
    await turn();
    await look();
  }
  const { keyDomain, moving } = await house.repositories.get(home, 'app');
  assert.deepEqual([await domainsIn(ground), moving], [[keyDomain], undefined]);
});
