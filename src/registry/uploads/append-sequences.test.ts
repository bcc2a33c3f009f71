// Whatever a client sends in whatever order, over restarts: the upload holds exactly what it was told it holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import type { Repository } from '../registry.ts';
import { registryRef } from '../testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type House,
  newGround,
  objectKeys,
  openHouse,
  readAll,
  reopenUploads,
} from '../testing/test-layers.ts';

type Move =
  | { readonly kind: 'append'; readonly pieces: readonly string[]; readonly says: 'nothing' | 'start' | 'all' }
  | { readonly kind: 'break'; readonly pieces: readonly string[] }
  | { readonly kind: 'misplace'; readonly by: number }
  | { readonly kind: 'miscount'; readonly pieces: readonly string[]; readonly by: number }
  | { readonly kind: 'restart' };

const pieces = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 9 }), { maxLength: 4 });
const off = fc.constantFrom(-3, -1, 1, 2, 1000);
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    pieces,
    says: fc.constantFrom('nothing' as const, 'start' as const, 'all' as const),
  }),
  fc.record({ kind: fc.constant('break' as const), pieces }),
  fc.record({ kind: fc.constant('misplace' as const), by: off }),
  fc.record({ kind: fc.constant('miscount' as const), pieces, by: off }),
  fc.record({ kind: fc.constant('restart' as const) }),
);

async function kindOf(work: Promise<unknown>): Promise<ErrorKind | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error === undefined || error instanceof DomainError, String(error));
  return error?.kind;
}

class Client {
  uploads: House['uploads'];
  received = '';
  readonly #house: House;
  readonly #repository: Repository;

  constructor(house: House, repository: Repository) {
    this.#house = house;
    this.#repository = repository;
    this.uploads = reopenUploads(house, house.layers);
  }

  async make(uploadId: string, move: Move): Promise<void> {
    if (move.kind === 'restart') {
      this.uploads = reopenUploads(this.#house, this.#house.layers);
      return;
    }
    const { body, ...said } = this.#append(move);
    const repository = this.#repository;
    const kind = await kindOf(this.uploads.append(repository, uploadId, { ...said, body }));
    const text = 'pieces' in move ? move.pieces.join('') : '';
    if (move.kind === 'append' || move.kind === 'break') this.received += text;
    const refusals = { append: undefined, break: 'request-incomplete', misplace: 'layer-part-invalid' };
    if (move.kind === 'miscount') assert.equal(kind, 'upload-size-invalid');
    else assert.equal(kind, refusals[move.kind]);
    assert.equal((await this.uploads.status(repository, uploadId)).receivedBytes, this.received.length);
  }

  #append(move: Exclude<Move, { readonly kind: 'restart' }>) {
    const start = this.received.length;
    if (move.kind === 'misplace') return { firstByte: start + move.by, body: bodyOf('misplaced') };
    const lengthBytes = move.pieces.join('').length;
    if (move.kind === 'break') return { body: bodyOf(...move.pieces, new Error('gone')) };
    const body = bodyOf(...move.pieces);
    if (move.kind === 'miscount') return { lengthBytes: lengthBytes + move.by, body };
    if (move.says === 'nothing') return { body };
    return move.says === 'start' ? { firstByte: start, body } : { firstByte: start, lengthBytes, body };
  }
}

test('the layer is what the client was told of, and nothing else stays', async () => {
  const algorithm = fc.constantFrom('sha256' as const, 'sha512' as const);
  const house = openHouse(await newGround());
  const { repositories, layers, blobs, database } = house;
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(move, { maxLength: 12 }), algorithm, algorithm, async (moves, announced, used) => {
      runs += 1;
      // Another account each time, so that no run finds the bytes of another.
      const repository = await repositories.create(registryRef(`${100_000_000_000 + runs}`), { name: 'app' });
      const client = new Client(house, repository);
      const { id } = await client.uploads.start(repository, { algorithm: announced });
      for (const next of moves) await client.make(id, next);
      const digest = digestOf(client.received, used);
      await client.uploads.complete(repository, id, { digest, rules: 'oci' });
      assert.equal((await readAll(layers.read(repository, digest))).toString(), client.received);
      const objects = await objectKeys(blobs, repository.keyDomain);
      assert.equal(objects.length, client.received === '' ? 0 : 1);
    }),
    { numRuns: 100 },
  );
  await database.close();
});
