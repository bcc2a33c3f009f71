// Collection beside clients, in random interleavings of their steps: no image ever lacks a layer, no promise is
// broken, and in the end nothing is left that nothing needs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Digest } from '#core/digest.ts';
import { isKind } from '#core/errors.ts';
import type { BlobStore, BlobWriter } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { touchIntervalMs } from '../layers/cached-layers.ts';
import type { Repository } from '../registry.ts';
import { imageManifest, pushOf, registryRef } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type Ground,
  hourMs,
  newGround,
  objectKeys,
  openHouse,
  readAll,
} from '../testing/test-layers.ts';
import { collect } from './collect.ts';

/** Layers that clients push: few, so that they meet. */
const contents = ['a', 'bb', 'ccc'];

type Act =
  | { readonly kind: 'push'; readonly into: 0 | 1; readonly layers: readonly string[]; readonly inParts: boolean }
  | { readonly kind: 'mount'; readonly layer: string }
  | { readonly kind: 'remove-images'; readonly into: 0 | 1 }
  | { readonly kind: 'remove-layer'; readonly into: 0 | 1; readonly layer: string }
  | { readonly kind: 'collect' }
  | { readonly kind: 'wait'; readonly ms: number };

const into = fc.constantFrom(0 as const, 1 as const);
const layer = fc.constantFrom(...contents);
const waits = fc.constantFrom(hourMs / 2, hourMs - 1, hourMs + 1, 3 * hourMs);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      into,
      layers: fc.uniqueArray(layer, { minLength: 1 }),
      inParts: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mount' as const), layer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove-images' as const), into }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove-layer' as const), into, layer }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('collect' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: waits }) },
);

/** The same ground, but every step waits until the scheduler of the run lets it go. */
function scheduled(ground: Ground, schedulerOf: () => fc.Scheduler | undefined): Ground {
  const turn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    await schedulerOf()?.schedule(Promise.resolve());
    return work();
  };
  const { blobs, database } = ground;
  const turningWriter = (writer: BlobWriter): BlobWriter => ({ ...writer, commit: () => turn(() => writer.commit()) });
  const turningBlobs: BlobStore = {
    ...blobs,
    write: (key) => turn(async () => turningWriter(await blobs.write(key))),
    remove: (key) => turn(() => blobs.remove(key)),
  };
  const turningDatabase: Database = { ...database, transact: (work) => turn(() => database.transact(work)) };
  return { ...ground, blobs: turningBlobs, database: turningDatabase };
}

interface World {
  readonly house: ReturnType<typeof openHouse>;
  readonly repositories: readonly [Repository, Repository];
  /** Removals by clients that have begun, and those under way: what a client takes away was not promised. */
  removals: number;
  removing: number;
}

async function performAll(world: World, acts: readonly Act[]): Promise<void> {
  for (const act of acts) await perform(world, act);
}

async function perform(world: World, act: Act): Promise<void> {
  const { house, repositories } = world;
  if (act.kind === 'push') return push(world, act);
  if (act.kind === 'wait') return house.clock.advance(act.ms);
  if (act.kind === 'collect') return void (await collect(house.collection));
  if (act.kind === 'mount') {
    await house.layers.mount(repositories[1], repositories[0], digestOf(act.layer));
    return;
  }
  const repository = repositories[act.into];
  if (act.kind === 'remove-layer') return removeLayer(world, repository, act.layer);
  for (const digest of await imagesOf(world, repository)) {
    await house.images.removeImage(repository, digest, 'refuse').catch((error: unknown) => {
      assert.ok(isKind(error, 'image-not-found'), String(error));
    });
  }
}

async function imagesOf({ house }: World, repository: Repository): Promise<readonly Digest[]> {
  const { items } = await house.images.identities(repository, 'ANY', { limit: 1000 });
  return items.map((image) => image.digest);
}

async function removeLayer(world: World, repository: Repository, content: string): Promise<void> {
  world.removals += 1;
  world.removing += 1;
  try {
    await world.house.layers.remove(repository, digestOf(content));
  } catch (error) {
    assert.ok(isKind(error, 'layer-not-found') || isKind(error, 'image-referenced'), String(error));
  } finally {
    world.removing -= 1;
  }
}

/** As docker does it: ask for each layer, upload what is missing, then put the manifest. */
async function push(world: World, { into, layers, inParts }: Act & { readonly kind: 'push' }): Promise<void> {
  const { house, repositories } = world;
  const repository = repositories[into];
  const beganAtMs = house.clock.nowMs();
  const { removals, removing } = world;
  for (const content of layers) {
    const isThere = (await house.layers.find(repository, digestOf(content))) !== undefined;
    if (!isThere && !(await upload(world, repository, content, inParts))) return;
  }
  const [config, ...rest] = layers.map((content) => ({ digest: digestOf(content), size: content.length }));
  assert.ok(config !== undefined);
  const image = imageManifest(config, rest);
  try {
    await house.images.push(repository, pushOf(image));
  } catch (error) {
    assert.ok(isKind(error, 'layers-missing'), String(error));
    const wasQuick = house.clock.nowMs() - beganAtMs <= hourMs;
    assert.ok(
      !wasQuick || removing > 0 || world.removals !== removals,
      'a push within the grace lost a layer that it was told of',
    );
  }
}

/** False when it was refused, which it may be only after an hour: then nothing was promised, and the push ends. */
async function upload({ house }: World, repository: Repository, content: string, inParts: boolean): Promise<boolean> {
  const { uploads, clock } = house;
  const digest = digestOf(content);
  const beganAtMs = clock.nowMs();
  try {
    if (!inParts) {
      await uploads.whole(repository, digest, { body: bodyOf(content) });
      return true;
    }
    const { id } = await uploads.start(repository);
    for (const piece of content) await uploads.append(repository, id, { body: bodyOf(piece) });
    await uploads.complete(repository, id, { digest, rules: 'oci' });
    return true;
  } catch (error) {
    assert.ok(isKind(error, 'upload-not-found') || isKind(error, 'storage-unavailable'), String(error));
    assert.ok(clock.nowMs() - beganAtMs >= hourMs, 'an upload within the grace was refused');
    return false;
  }
}

async function assertWhole(world: World): Promise<void> {
  const { house, repositories } = world;
  for (const repository of repositories) {
    for (const image of await imagesOf(world, repository)) {
      const { bytes } = await house.images.get(repository, { digest: image });
      const { config, layers } = JSON.parse(bytes.toString()) as { config: Layer; layers: readonly Layer[] };
      for (const { digest } of [config, ...layers]) {
        assert.equal(digestOf(await readAll(house.layers.read(repository, digest))), digest);
      }
    }
  }
}

interface Layer {
  readonly digest: Digest;
}

/** With nothing going on, passes remove all that nothing needs and nothing else. */
async function settle(world: World): Promise<void> {
  const { house, repositories } = world;
  for (let pass = 0; pass < 3; pass += 1) {
    house.clock.advance(25 * hourMs);
    await collect(house.collection);
  }
  await assertWhole(world);
  const needed = new Set<string>();
  for (const content of contents) {
    for (const { id, keyDomain } of repositories) {
      const isNeeded = await house.layers.isReferenced({ id } as Repository, digestOf(content));
      if (isNeeded) needed.add(`${keyDomain} ${content}`);
    }
  }
  assert.equal((await objectKeys(house.blobs, repositories[0].keyDomain)).length, needed.size);
}

test('no image lacks a layer, no promise is broken, nothing stays for ever', async () => {
  assert.equal(touchIntervalMs(hourMs), hourMs);
  let current: fc.Scheduler | undefined;
  const house = openHouse(scheduled(await newGround(), () => current));
  let runs = 0;
  const clients = fc.array(fc.array(act, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), clients, async (scheduler, acts) => {
      runs += 1;
      current = undefined;
      const registry = registryRef(`${100_000_000_000 + runs}`);
      const repositories = [
        await house.repositories.create(registry, { name: 'one' }),
        await house.repositories.create(registry, { name: 'two' }),
      ] as const;
      const world: World = { house, repositories, removals: 0, removing: 0 };
      current = scheduler;
      await scheduler.waitFor(Promise.all(acts.map((own) => performAll(world, own))));
      current = undefined;
      await assertWhole(world);
      await settle(world);
      for (const { name } of repositories) await house.repositories.remove(registry, name, { force: true });
    }),
    { numRuns: 120 },
  );
  await house.database.close();
});
