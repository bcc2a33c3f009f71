// Listings, removals, referrers and pull times, and that concurrent callers see one order of things.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { Digest } from '#core/digest.ts';
import { nextTurn } from '#std/next-turn.ts';
import type { Page, PageRequest, Referrer, Repository, TagStatus } from '../registry.ts';
import {
  descriptorOf,
  home,
  imageManifest,
  indexManifest,
  type Layer,
  type Made,
  openRooms,
  pushOf,
  type Rooms,
  refuses,
} from '../testing/test-images.ts';
import { testKeyRing } from '../testing/test-key-ring.ts';

let rooms: Rooms;
let repository: Repository;
let config: Layer;
beforeEach(async () => {
  rooms = await openRooms();
  repository = await rooms.repositories.create(home, { name: 'app' });
  config = rooms.addLayer(repository, '{}');
});
afterEach(() => rooms.database.close());

function image(number = 0, more: object = {}): Made {
  return imageManifest(config, [], { annotations: { number: String(number) }, ...more });
}

async function walk<Item>(ask: (page: PageRequest) => Promise<Page<Item>>, limit: number): Promise<Item[]> {
  const all: Item[] = [];
  let after: string | undefined;
  do {
    const page = await ask(after === undefined ? { limit } : { limit, after });
    assert.ok(page.items.length <= limit);
    assert.ok(page.next === undefined || page.items.length > 0);
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}

describe('listings', () => {
  const statuses: readonly TagStatus[] = ['ANY', 'TAGGED', 'UNTAGGED'];
  const identityKey = ({ digest, tag }: { digest: string; tag: string | undefined }) => `${digest} ${tag ?? ''}`;

  test('the pages of any size are all images, each once', async () => {
    const tags: Record<number, string[]> = { 0: ['b', 'a', 'B'], 2: ['latest'], 5: ['z', '_', '0'] };
    for (let number = 0; number < 8; number += 1) {
      await rooms.images.push(repository, pushOf(image(number), ...(tags[number] ?? [])));
    }
    const all = Array.from({ length: 8 }, (_, number) => ({ digest: image(number).digest, tags: tags[number] ?? [] }));
    const has = (status: TagStatus) =>
      all.filter((one) => status === 'ANY' || one.tags.length > 0 === (status === 'TAGGED'));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.constantFrom(...statuses), async (limit, status) => {
        const details = await walk((page) => rooms.images.describeAll(repository, status, page), limit);
        const digests = has(status)
          .map((one) => one.digest)
          .sort();
        assert.deepEqual(
          details.map((detail) => detail.digest),
          digests,
        );
        for (const { digest, tags: found } of details) {
          assert.deepEqual(found, all.find((one) => one.digest === digest)?.tags.toSorted());
        }
        const pairs = await walk((page) => rooms.images.identities(repository, status, page), limit);
        const expected = has(status).flatMap(({ digest, tags: own }) =>
          own.length === 0 ? [`${digest} `] : own.map((tag) => `${digest} ${tag}`),
        );
        assert.deepEqual(pairs.map(identityKey), expected.sort());
        const names = await walk((page) => rooms.images.tagNames(repository, page), limit);
        assert.deepEqual(names, ['0', 'B', '_', 'a', 'b', 'latest', 'z']);
      }),
      { numRuns: 40 },
    );
  });

  test('tag names begin after any text, and a page of none is empty', async () => {
    await rooms.images.push(repository, pushOf(image(), 'a', 'c'));
    assert.deepEqual(await rooms.images.tagNames(repository, { limit: 5, after: 'b' }), { items: ['c'] });
    assert.deepEqual(await rooms.images.tagNames(repository, { limit: 5, after: '\u0000ü' }), { items: ['a', 'c'] });
    assert.deepEqual(await rooms.images.tagNames(repository, { limit: 0 }), { items: [] });
  });

  test('a token that is not ours is refused', async () => {
    const page = { limit: 5, after: 'nonsense' };
    const message = "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'";
    await refuses(rooms.images.describeAll(repository, 'ANY', page), 'invalid-next-token', message);
    await refuses(rooms.images.identities(repository, 'ANY', page), 'invalid-next-token', message);
    await refuses(rooms.images.referrers(repository, image().digest, {}, page), 'invalid-next-token', message);
  });

  test('an image is described by tag, digest or both', async () => {
    const { digest } = image();
    await rooms.images.push(repository, pushOf(image(), 'b', 'a'));
    for (const reference of [{ digest }, { tag: 'a' }, { tag: 'b', digest }]) {
      const detail = await rooms.images.describe(repository, reference);
      assert.deepEqual(detail, {
        digest,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType: 'application/vnd.oci.image.config.v1+json',
        tags: ['a', 'b'],
        imageSizeBytes: 2,
        pushedAtMs: 1_800_000_000_000,
        lastPulledAtMs: undefined,
        subject: undefined,
      });
    }
    const missing =
      `The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within ` +
      "the repository with name 'app' in the registry with id '123456789012'";
    await refuses(rooms.images.describe(repository, { tag: 'none' }), 'image-not-found', missing);
    const other = { tag: 'a', digest: image(1).digest };
    await refuses(rooms.images.describe(repository, other), 'image-digest-mismatch');
    await refuses(rooms.images.get(repository, other), 'image-digest-mismatch');
  });
});

describe('removals', () => {
  test('a tag goes alone, or takes its image when it was the last', async () => {
    const { digest } = image();
    await rooms.images.push(repository, pushOf(image(), 'a', 'b', 'c'));
    await rooms.images.get(repository, { tag: 'a' });
    assert.deepEqual(await rooms.images.removeTag(repository, { tag: 'a' }, 'remove-image'), { digest, tag: 'a' });
    await refuses(rooms.images.get(repository, { tag: 'a' }), 'image-not-found');
    await rooms.images.removeTag(repository, { tag: 'b' }, 'remove-image');
    await rooms.images.removeTag(repository, { tag: 'c' }, 'keep-image');
    assert.equal((await rooms.images.get(repository, { digest })).digest, digest);
    await rooms.images.push(repository, pushOf(image(), 'd'));
    await rooms.images.removeTag(repository, { tag: 'd' }, 'remove-image');
    await refuses(rooms.images.get(repository, { digest }), 'image-not-found', 'Requested image not found');
    await refuses(rooms.images.removeTag(repository, { tag: 'd' }, 'keep-image'), 'image-not-found');
  });

  test('a tag beside a digest goes only while it refers to that digest', async () => {
    const { digest } = image();
    await rooms.images.push(repository, pushOf(image(), 'a'));
    const other = { tag: 'a', digest: image(1).digest };
    await refuses(rooms.images.removeTag(repository, other, 'remove-image'), 'image-digest-mismatch');
    const gone = await rooms.images.removeTag(repository, { tag: 'a', digest }, 'remove-image');
    assert.deepEqual(gone, { digest, tag: 'a' });
  });

  test('an image goes with all its tags at once, cached ones too', async () => {
    const { digest } = image();
    await rooms.images.push(repository, pushOf(image(), 'b', 'a'));
    await rooms.images.get(repository, { tag: 'a' });
    assert.deepEqual(await rooms.images.removeImage(repository, digest, 'refuse'), [
      { digest, tag: 'a' },
      { digest, tag: 'b' },
    ]);
    await refuses(rooms.images.get(repository, { tag: 'a' }), 'image-not-found');
    await refuses(rooms.images.get(repository, { digest }), 'image-not-found');
    await refuses(rooms.images.removeImage(repository, digest, 'refuse'), 'image-not-found');
    await rooms.images.push(repository, pushOf(image()));
    assert.deepEqual(await rooms.images.removeImage(repository, digest, 'refuse'), [{ digest, tag: undefined }]);
  });

  test("an index's child stays while the index does, unless told otherwise", async () => {
    const index = indexManifest([image()]);
    await rooms.images.push(repository, pushOf(image(), 'child'));
    await rooms.images.push(repository, pushOf(index, 'index'));
    const message = `Requested image referenced by manifest list: [${index.digest}]`;
    await refuses(rooms.images.removeImage(repository, image().digest, 'refuse'), 'image-referenced', message);
    await refuses(rooms.images.removeTag(repository, { tag: 'child' }, 'remove-image'), 'image-referenced', message);
    assert.equal((await rooms.images.get(repository, { tag: 'child' })).digest, image().digest);
    await rooms.images.removeImage(repository, image().digest, 'remove');
    assert.equal((await rooms.images.get(repository, { tag: 'index' })).digest, index.digest);
  });

  test('a repository with images is removed only by force, and then all of it', async () => {
    await rooms.images.push(repository, pushOf(image(), 'a'));
    const message =
      "The repository with name 'app' in registry with id '123456789012' " +
      'cannot be deleted because it still contains images';
    await refuses(rooms.repositories.remove(home, 'app', { force: false }), 'repository-not-empty', message);
    await rooms.repositories.remove(home, 'app', { force: true });
    const again = await rooms.repositories.create(home, { name: 'app' });
    await refuses(rooms.images.get(again, { tag: 'a' }), 'image-not-found');
    assert.deepEqual((await rooms.images.describeAll(again, 'ANY', { limit: 10 })).items, []);
    await rooms.repositories.remove(home, 'app', { force: false });
  });
});

describe('referrers', () => {
  const ask = (subject: Digest, filter = {}) =>
    walk((page) => rooms.images.referrers(repository, subject, filter, page), 3);
  const byDigest = (left: Referrer, right: Referrer) => (left.digest < right.digest ? -1 : 1);

  test('all manifests that name the subject, with their artifact types and annotations', async () => {
    const subject = descriptorOf(image());
    const signature = image(1, { subject, artifactType: 'a/signature', annotations: { key: 'value' } });
    const plain = image(2, { subject });
    const index = indexManifest([], { subject });
    const typed = indexManifest([], { subject, artifactType: 'a/index' });
    for (const made of [signature, plain, index, typed]) await rooms.images.push(repository, pushOf(made));
    await rooms.images.push(repository, pushOf(image()));
    const found = await ask(image().digest);
    const expected: Referrer[] = [
      [signature, 'a/signature', { key: 'value' }],
      [plain, 'application/vnd.oci.image.config.v1+json', { number: '2' }],
      [index, undefined, undefined],
      [typed, 'a/index', undefined],
    ].map(([made, artifactType, annotations]) => {
      const { digest, size, bytes } = made as Made;
      const { mediaType } = JSON.parse(bytes.toString()) as { mediaType: string };
      return { digest, mediaType, sizeBytes: size, artifactType, annotations } as Referrer;
    });
    assert.deepEqual(found, expected.sort(byDigest));
    const filtered = await ask(image().digest, { artifactTypes: ['a/signature', 'a/index'] });
    assert.deepEqual(
      filtered,
      found.filter((referrer) => referrer.artifactType?.startsWith('a/')),
    );
    assert.deepEqual(await ask(signature.digest), []);
    await rooms.images.removeImage(repository, signature.digest, 'refuse');
    assert.equal((await ask(image().digest)).length, 3);
  });

  test('a page ends early rather than carry megabytes of annotations', async () => {
    const subject = descriptorOf(image());
    const annotations = (number: number) => ({ number: String(number), big: 'x'.repeat(1_100_000) });
    for (const number of [1, 2, 3]) {
      await rooms.images.push(repository, pushOf(image(number, { subject, annotations: annotations(number) })));
    }
    const page = await rooms.images.referrers(repository, image().digest, {}, { limit: 50 });
    assert.equal(page.items.length, 2);
    assert.equal(page.next, page.items[1]?.digest);
    assert.equal((await ask(image().digest)).length, 3);
  });
});

describe('pull times', () => {
  const pulledAt = async () => (await rooms.images.describe(repository, { digest: image().digest })).lastPulledAtMs;
  const hourMs = 3_600_000;

  test('are seen at once, written later, and renewed once a day', async () => {
    await rooms.images.push(repository, pushOf(image()));
    const startMs = rooms.clock.nowMs();
    const pullAfter = async (hours: number) => {
      rooms.clock.advance(hours * hourMs);
      rooms.images.notePull(repository, image().digest);
      const seen = await pulledAt();
      await rooms.pullTimes.run(new AbortController().signal);
      assert.equal(await pulledAt(), seen);
      return seen;
    };
    assert.equal(await pullAfter(0), startMs);
    assert.equal(await pullAfter(23), startMs);
    assert.equal(await pullAfter(2), startMs + 25 * hourMs);
  });

  test('of an image that is gone are no error', async () => {
    rooms.images.notePull(repository, image().digest);
    await rooms.pullTimes.run(new AbortController().signal);
  });
});

describe('many at once', () => {
  test('a tag that many move is always one of theirs, and readers never see it go back', async () => {
    const count = 20;
    for (let number = 0; number < count; number += 1) await rooms.images.push(repository, pushOf(image(number), 'v1'));
    const order = new Map<string, number>();
    const moves = Array.from({ length: count }, async (_, number) => {
      await rooms.images.push(repository, pushOf(image(number), 'v1'));
      // Acknowledged in the order of the commits: later readers may see this one or a later one.
      order.set(image(number).digest, order.size);
      const acknowledged = order.size - 1;
      const { digest } = await rooms.images.get(repository, { tag: 'v1' });
      return { digest, acknowledged };
    });
    for (const { digest, acknowledged } of await Promise.all(moves)) {
      assert.ok((order.get(digest) ?? -1) >= acknowledged);
    }
  });

  test('a child is never removed beneath an index that was acknowledged', async () => {
    for (let round = 0; round < 20; round += 1) {
      const child = image(round);
      await rooms.images.push(repository, pushOf(child));
      const [pushed, removed] = await Promise.allSettled([
        rooms.images.push(repository, pushOf(indexManifest([child]))),
        rooms.images.removeImage(repository, child.digest, 'refuse'),
      ]);
      assert.notEqual(pushed.status, removed.status);
    }
  });

  test('two processes: what one pushes or removes, the other sees at its next question', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-registry-'));
    const keyRing = testKeyRing();
    const file = join(folder, 'a.db');
    const [mine, other] = [await openRooms(file, keyRing), await openRooms(file, keyRing)];
    const shared = await mine.repositories.create(home, { name: 'app' });
    for (const one of [mine, other]) one.addLayer(shared, '{}');
    for (let number = 0; number < 10; number += 1) {
      const [writer, reader] = number % 2 === 0 ? [mine, other] : [other, mine];
      await writer.images.push(shared, pushOf(image(number), 'v1'));
      await nextTurn();
      assert.equal((await reader.images.get(shared, { tag: 'v1' })).digest, image(number).digest);
      assert.equal((await writer.images.get(shared, { tag: 'v1' })).digest, image(number).digest);
    }
    await mine.images.removeImage(shared, image(9).digest, 'refuse');
    await nextTurn();
    await refuses(other.images.get(shared, { digest: image(9).digest }), 'image-not-found');
    for (const { database } of [mine, other]) await database.close();
    await rm(folder, { recursive: true });
  });
});
