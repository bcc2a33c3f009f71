// Every step of a push fails once, before or after it took effect: what was acknowledged stays, what is seen is whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobStore, BlobWriter } from '#stores/blobs/blob-store.ts';
import type { Database } from '#stores/sql/database.ts';
import { collect } from '../collection/collect.ts';
import type { Repository } from '../registry.ts';
import { home } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type Ground,
  type House,
  hourMs,
  newGround,
  objectKeys,
  openHouse,
  readAll,
  reopenUploads,
} from '../testing/test-layers.ts';

type When = 'before' | 'after';

class Fault extends Error {}

/** A ground whose step number `at` fails; `steps` says how many were made. */
function failing(ground: Ground, at: number, when: When) {
  let steps = 0;
  async function step<Result>(work: () => Promise<Result>): Promise<Result> {
    steps += 1;
    if (steps !== at) return work();
    if (when === 'after') await work();
    throw new Fault(`step ${at} failed`);
  }
  const { blobs, database } = ground;
  const failingBlobs: BlobStore = {
    ...blobs,
    write: (key) => step(async () => failingWriter(await blobs.write(key))),
    remove: (key) => step(() => blobs.remove(key)),
  };
  const failingWriter = (writer: BlobWriter): BlobWriter => ({
    append: (bytes) => step(() => writer.append(bytes)),
    commit: () => step(() => writer.commit()),
    abort: () => writer.abort(),
  });
  const failingDatabase: Database = { ...database, transact: (work) => step(() => database.transact(work)) };
  return { ground: { ...ground, blobs: failingBlobs, database: failingDatabase }, steps: () => steps };
}

interface Acknowledged {
  uploadId?: string;
  receivedBytes: number;
  isComplete: boolean;
}

const content = 'abcdef';
const digest = digestOf(content);

/** A push in two parts, until it is through or the fault comes. */
async function push({ uploads }: Pick<House, 'uploads'>, repository: Repository): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { receivedBytes: 0, isComplete: false };
  try {
    const { id } = await uploads.start(repository);
    acknowledged.uploadId = id;
    for (const part of ['abc', 'def']) {
      acknowledged.receivedBytes = (await uploads.append(repository, id, { body: bodyOf(part) })).receivedBytes;
    }
    await uploads.complete(repository, id, { digest, rules: 'oci' });
    acknowledged.isComplete = true;
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
  }
  return acknowledged;
}

/** After the fault the client asks where it stands, as the specification says, and goes on. */
async function goOn(
  { uploads, layers }: Pick<House, 'uploads' | 'layers'>,
  repository: Repository,
  { uploadId, receivedBytes, isComplete }: Acknowledged,
): Promise<void> {
  const found = await layers.find(repository, digest);
  if (isComplete) assert.ok(found, 'an acknowledged layer is there');
  if (found !== undefined) return;
  const status = uploadId === undefined ? await uploads.start(repository) : await uploads.status(repository, uploadId);
  assert.ok(status.receivedBytes >= receivedBytes, 'acknowledged bytes are there');
  const rest = content.slice(status.receivedBytes);
  if (rest !== '') await uploads.append(repository, status.id, { firstByte: status.receivedBytes, body: bodyOf(rest) });
  await uploads.complete(repository, status.id, { digest, rules: 'oci' });
}

async function failAt(house: House, at: number, when: When): Promise<number> {
  const { layers, collection, ...ground } = house;
  const repository = await house.repositories.create(home, { name: `${when}-${at}` });
  const fault = failing(ground, at, when);
  const acknowledged = await push({ uploads: reopenUploads(fault.ground, layers) }, repository);
  await goOn({ uploads: reopenUploads(ground, layers), layers }, repository, acknowledged);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), content);
  ground.clock.advance(hourMs);
  await collect(collection);
  assert.equal((await readAll(layers.read(repository, digest))).toString(), content);
  ground.clock.advance(25 * hourMs);
  await collect(collection);
  ground.clock.advance(2 * hourMs);
  await collect(collection);
  assert.deepEqual(await objectKeys(ground.blobs), [], 'nothing is left when nothing is needed');
  return fault.steps();
}

for (const when of ['before', 'after'] as const) {
  test(`a push that fails ${when} any of its steps can be gone on with`, async () => {
    const house = openHouse(await newGround());
    const steps = await failAt(house, 0, when);
    assert.ok(steps > 10, `a push has ${steps} steps`);
    for (let at = 1; at <= steps; at += 1) await failAt(house, at, when);
    await house.database.close();
  });
}
