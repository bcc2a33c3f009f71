// Pushes: what is checked, what moves, what is refused, and that nothing is half done.

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { digestFromHex } from '#core/digest.ts';
import { limits } from '#core/limits.ts';
import type { Repository, TagMutability } from '../registry.ts';
import {
  descriptorOf,
  home,
  imageManifest,
  indexManifest,
  type Layer,
  type Made,
  made,
  ociIndex,
  ociManifest,
  openRooms,
  pushOf,
  type Rooms,
  refuses,
} from '../testing/test-images.ts';

let rooms: Rooms;
let repository: Repository;
let config: Layer;
let layer: Layer;
beforeEach(async () => {
  rooms = await openRooms();
  repository = await rooms.repositories.create(home, { name: 'app' });
  config = rooms.addLayer(repository, '{}');
  layer = rooms.addLayer(repository, 'layer bytes');
});
afterEach(() => rooms.database.close());

const where = "repository with name 'app' in the registry with id '123456789012'";

function image(number = 0): Made {
  return imageManifest(config, [layer], { annotations: { number: String(number), marker: 'MARKER' } });
}

async function setMutability(mode: TagMutability['mode'], exclusionFilters: readonly string[] = []): Promise<void> {
  await rooms.repositories.setTagMutability(home, 'app', { mode, exclusionFilters });
}

async function tagged(tag: string): Promise<string> {
  return (await rooms.images.get(repository, { tag })).digest;
}

async function rowsOf(table: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(
    rooms.database.tables(),
  );
  return rows[0]?.n ?? Number.NaN;
}

describe('what is stored', () => {
  test('the bytes come back exactly, by tag, by digest and by both, and are nowhere in clear', async () => {
    const { bytes, digest } = image();
    const pushed = await rooms.images.push(repository, pushOf(image(), 'v1', 'v2', 'v1'));
    assert.deepEqual(pushed, { digest, mediaType: ociManifest, subject: undefined });
    for (const reference of [{ digest }, { tag: 'v1' }, { tag: 'v2', digest }]) {
      const stored = await rooms.images.get(repository, reference);
      assert.deepEqual([stored.digest, stored.mediaType, stored.sizeBytes], [digest, ociManifest, bytes.length]);
      assert.deepEqual(stored.bytes, bytes);
    }
    const { rows } = await sql<Record<string, unknown>>`select * from image`.execute(rooms.database.tables());
    const values = Object.values(rows[0] ?? {}).map((value) =>
      value instanceof Uint8Array ? Buffer.from(value) : value,
    );
    for (const value of values) assert.equal(String(value).includes('MARKER'), false);
  });

  test('a sha512 push is an image of that digest', async () => {
    const { bytes } = image();
    const digest = digestFromHex('sha512', hash('sha512', bytes, 'hex'));
    assert.equal((await rooms.images.push(repository, { ...pushOf(image()), digest })).digest, digest);
    assert.deepEqual((await rooms.images.get(repository, { digest })).bytes, bytes);
    await refuses(rooms.images.get(repository, { digest: image().digest }), 'image-not-found');
  });

  test('sizes: layers and configuration, or the largest child', async () => {
    const small = imageManifest(config, []);
    await rooms.images.push(repository, pushOf(small));
    await rooms.images.push(repository, pushOf(image()));
    const index = indexManifest([small, image()]);
    await rooms.images.push(repository, pushOf(index));
    const sizes = [];
    for (const { digest } of [small, image(), index]) {
      sizes.push((await rooms.images.describe(repository, { digest })).imageSizeBytes);
    }
    assert.deepEqual(sizes, [2, 13, 13]);
  });

  test('the same image in two repositories is two images', async () => {
    const other = await rooms.repositories.create(home, { name: 'other' });
    await rooms.images.push(repository, pushOf(image(), 'v1'));
    await refuses(rooms.images.get(other, { digest: image().digest }), 'image-not-found', 'Requested image not found');
    await refuses(rooms.images.get(other, { tag: 'v1' }), 'image-not-found');
  });
});

describe('what is refused', () => {
  test('layers that are not there, by name, and nothing is stored', async () => {
    const absent = { digest: 'sha256:'.padEnd(71, '0'), size: 1 } as Layer;
    const push = rooms.images.push(repository, pushOf(imageManifest(config, [layer, absent]), 'v1'));
    const message = `Layers with digests '[${absent.digest}]' required for pushing image into ${where} do not exist`;
    assert.deepEqual((await refuses(push, 'layers-missing', message)).details, { digests: [absent.digest] });
    assert.deepEqual([await rowsOf('image'), await rowsOf('image_tag')], [0, 0]);
  });

  test('children that are not images of the repository; an unknown subject is welcome', async () => {
    const push = rooms.images.push(repository, pushOf(indexManifest([image()])));
    const message = `Images with digests '[${image().digest}]' required for pushing image into ${where} do not exist`;
    await refuses(push, 'images-missing', message);
    const referrer = imageManifest(config, [], { subject: descriptorOf(image()) });
    assert.equal((await rooms.images.push(repository, pushOf(referrer))).subject, image().digest);
  });

  test('a non-distributable layer need not be there', async () => {
    const mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const foreign = { mediaType, digest: 'sha256:'.padEnd(71, '1'), size: 9, urls: ['https://example.com/x'] };
    await rooms.images.push(repository, pushOf(imageManifest(config, [foreign as never])));
  });

  test('declared sizes that are not those of the layers', async () => {
    const wrong = { ...layer, size: layer.size + 1 };
    await refuses(rooms.images.push(repository, pushOf(imageManifest(config, [wrong]))), 'manifest-invalid');
  });

  test('children that are not what the index says they are', async () => {
    await rooms.images.push(repository, pushOf(image()));
    const child = descriptorOf(image());
    const indexOf = (...manifests: object[]) => made({ schemaVersion: 2, mediaType: ociIndex, manifests });
    const refusing = (...manifests: object[]) =>
      refuses(rooms.images.push(repository, pushOf(indexOf(...manifests))), 'manifest-invalid');
    await refusing({ ...child, size: image().size + 1 });
    await refusing({ ...child, mediaType: ociIndex });
    await refusing(child, { ...child, size: 1 });
    await rooms.images.push(repository, pushOf(indexOf(child, { ...child, platform: { os: 'linux' } })));
  });

  test('bad tags, and a digest that is not the manifest', async () => {
    for (const tag of ['', '.x', 'a/b', 'x'.repeat(129), 'ü']) {
      await refuses(rooms.images.push(repository, pushOf(image(), tag)), 'tag-invalid');
    }
    const push = { ...pushOf(image()), digest: image(1).digest };
    await refuses(rooms.images.push(repository, push), 'image-digest-mismatch');
    assert.equal(await rowsOf('image'), 0);
  });

  test('the same bytes under another media type', async () => {
    const { mediaType: _mediaType, ...bare } = JSON.parse(image().bytes.toString()) as Record<string, unknown>;
    await rooms.images.push(repository, { ...pushOf(made(bare)), mediaType: ociManifest });
    const docker = 'application/vnd.docker.distribution.manifest.v2+json';
    await refuses(rooms.images.push(repository, { ...pushOf(made(bare)), mediaType: docker }), 'manifest-invalid');
  });

  test('a push into a repository that was removed meanwhile', async () => {
    await rooms.repositories.remove(home, 'app', { force: true });
    await refuses(rooms.images.push(repository, pushOf(image())), 'repository-not-found');
  });

  test('more tags than an image may have, more images than a repository may have', async () => {
    const tags = Array.from({ length: limits.tagsPerImageMax + 1 }, (_, index) => `t${index}`);
    await refuses(rooms.images.push(repository, pushOf(image(), ...tags)), 'limit-exceeded');
    assert.deepEqual([await rowsOf('image'), await rowsOf('image_tag')], [0, 0]);
    await rooms.images.push(repository, pushOf(image(), ...tags.slice(1)));
    await sql`update repository set image_count = ${limits.imagesPerRepositoryMax}`.execute(rooms.database.tables());
    await refuses(rooms.images.push(repository, pushOf(image(1))), 'limit-exceeded');
    await rooms.images.push(repository, pushOf(image(), 't1'));
  });
});

describe('tags', () => {
  test('move in a mutable repository; the image that loses one stays', async () => {
    await rooms.images.push(repository, pushOf(image(1), 'v1'));
    assert.equal(await tagged('v1'), image(1).digest);
    await rooms.images.push(repository, pushOf(image(2), 'v1'));
    assert.equal(await tagged('v1'), image(2).digest);
    assert.deepEqual((await rooms.images.describe(repository, { digest: image(1).digest })).tags, []);
    await rooms.images.push(repository, pushOf(image(1), 'v1'));
    assert.equal(await tagged('v1'), image(1).digest);
  });

  test('an immutable one can neither move nor be put again, until it is removed', async () => {
    await rooms.images.push(repository, pushOf(image(1), 'v1'));
    await setMutability('IMMUTABLE');
    const message =
      "The image tag 'v1' already exists in the 'app' repository " +
      'and cannot be overwritten because the tag is immutable.';
    await refuses(rooms.images.push(repository, pushOf(image(2), 'new', 'v1')), 'tag-immutable', message);
    await refuses(rooms.images.push(repository, pushOf(image(1), 'v1')), 'tag-immutable', message);
    await refuses(rooms.images.get(repository, { tag: 'new' }), 'image-not-found');
    await rooms.images.push(repository, pushOf(image(1), 'v2'));
    await rooms.images.removeTag(repository, { tag: 'v1' }, 'keep-image');
    await rooms.images.push(repository, pushOf(image(2), 'v1'));
  });

  test('exclusions count both ways, by the rules of the moment and not of the cached repository', async () => {
    await rooms.images.push(repository, pushOf(image(1), 'latest', 'v1'));
    await setMutability('IMMUTABLE_WITH_EXCLUSION', ['lat*']);
    await rooms.images.push(repository, pushOf(image(2), 'latest'));
    await refuses(rooms.images.push(repository, pushOf(image(2), 'v1')), 'tag-immutable');
    await setMutability('MUTABLE_WITH_EXCLUSION', ['lat*']);
    await rooms.images.push(repository, pushOf(image(2), 'v1'));
    await refuses(rooms.images.push(repository, pushOf(image(1), 'latest')), 'tag-immutable');
  });

  test("ECR's API refuses a push that changes nothing", async () => {
    const refuse = (made: Made, ...tags: string[]) => ({ ...pushOf(made, ...tags), existing: 'refuse' }) as const;
    const text = (tag: string) =>
      `Image with digest '${image().digest}' and tag '${tag}' already exists in the repository ` +
      "with name 'app' in registry with id '123456789012'";
    await rooms.images.push(repository, refuse(image(), 'v1'));
    await refuses(rooms.images.push(repository, refuse(image(), 'v1')), 'image-already-exists', text('v1'));
    await refuses(rooms.images.push(repository, refuse(image())), 'image-already-exists', text('null'));
    await rooms.images.push(repository, refuse(image(), 'v2'));
    await rooms.images.push(repository, pushOf(image(), 'v1'));
    await setMutability('IMMUTABLE');
    await refuses(rooms.images.push(repository, refuse(image(), 'v1')), 'image-already-exists');
    await refuses(rooms.images.push(repository, refuse(image(1), 'v1')), 'tag-immutable');
  });

  test('If-Match lets only the one who saw the present image move the tag', async () => {
    const move = (number: number, seen: Made) => {
      const conditions = [{ refersTo: [seen.digest], not: false }];
      return rooms.images.push(repository, { ...pushOf(image(number), 'v1'), conditions });
    };
    await refuses(move(1, image(0)), 'precondition-failed');
    await rooms.images.push(repository, pushOf(image(0), 'v1'));
    const moves = await Promise.allSettled([1, 2, 3, 4].map((number) => move(number, image(0))));
    assert.equal(moves.filter((result) => result.status === 'fulfilled').length, 1);
  });
});
