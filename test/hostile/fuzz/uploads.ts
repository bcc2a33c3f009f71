// Fuzzes the upload's state machine against a model: what was acknowledged is there, in order, over restarts.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DomainError, type ErrorKind } from '../../../src/core/errors.ts';
import type { Repository, Uploads } from '../../../src/registry/registry.ts';
import { registryRef } from '../../../src/registry/testing/test-images.ts';
import {
  bodyOf,
  digestOf,
  type House,
  newGround,
  openHouse,
  readAll,
  reopenUploads,
} from '../../../src/registry/testing/test-layers.ts';
import { type Fuzz, fuzzer } from './fuzz.ts';

/** Bytes of each open upload, as the client knows them. */
interface Model {
  readonly open: Map<string, string>;
  readonly closed: string[];
}

interface Real {
  readonly house: House;
  readonly repository: Repository;
  uploads: Uploads;
}

type Command = fc.AsyncCommand<Model, Real>;

async function kindOf(work: Promise<unknown>): Promise<ErrorKind | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error === undefined || error instanceof DomainError, String(error));
  return error?.kind;
}

function pick(model: Model, index: number): readonly [string, string] | undefined {
  const all = [...model.open];
  return all[index % Math.max(1, all.length)];
}

/** A command as data: its name and numbers print in a counterexample. */
function command(name: string, run: (model: Model, real: Real) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

const start = fc.constant(
  command('start', async (model, { uploads, repository }) => {
    const { id } = await uploads.start(repository);
    model.open.set(id, '');
  }),
);

const append = fc
  .tuple(fc.nat(9), fc.string({ unit: 'binary-ascii', maxLength: 12 }), fc.integer({ min: -3, max: 3 }))
  .map(([index, text, off]) =>
    command(`append ${index} ${JSON.stringify(text)} ${off}`, async (model, { uploads, repository }) => {
      const [id, bytes] = pick(model, index) ?? [];
      if (id === undefined || bytes === undefined) return;
      const part = { firstByte: bytes.length + off, lengthBytes: text.length, body: bodyOf(text) };
      const kind = await kindOf(uploads.append(repository, id, part));
      assert.equal(kind, off === 0 ? undefined : 'layer-part-invalid');
      if (off === 0) model.open.set(id, bytes + text);
      assert.equal((await uploads.status(repository, id)).receivedBytes, model.open.get(id)?.length);
    }),
  );

const race = fc.tuple(fc.nat(9), fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 5 })).map(([index, text]) =>
  command(`race ${index} ${JSON.stringify(text)}`, async (model, { uploads, repository }) => {
    const [id, bytes] = pick(model, index) ?? [];
    if (id === undefined || bytes === undefined) return;
    const both = ['<', '>'].map((sign) => uploads.append(repository, id, { body: bodyOf(sign + text) }));
    const kinds = await Promise.all(both.map(kindOf));
    assert.ok(kinds.every((kind) => kind === undefined || kind === 'layer-part-invalid'));
    const taken = ['<', '>'].filter((_sign, at) => kinds[at] === undefined).map((sign) => sign + text);
    model.open.set(id, bytes + taken.join(''));
  }),
);

const complete = fc.tuple(fc.nat(9), fc.boolean()).map(([index, right]) =>
  command(`complete ${index} ${right}`, async (model, { uploads, repository, house }) => {
    const [id, bytes] = pick(model, index) ?? [];
    if (id === undefined || bytes === undefined) return;
    const digest = digestOf(right ? bytes : `${bytes}!`);
    const kind = await kindOf(uploads.complete(repository, id, { digest, rules: 'oci' }));
    assert.equal(kind, right ? undefined : 'layer-digest-mismatch');
    if (right) assert.equal((await readAll(house.layers.read(repository, digest))).toString(), bytes);
    const after = await kindOf(uploads.status(repository, id));
    if (right) assert.equal(after, 'upload-not-found');
    if (after === undefined) return;
    model.open.delete(id);
    model.closed.push(id);
  }),
);

const cancel = fc.nat(9).map((index) =>
  command(`cancel ${index}`, async (model, { uploads, repository }) => {
    const [id] = pick(model, index) ?? [];
    if (id === undefined) return;
    await uploads.cancel(repository, id);
    model.open.delete(id);
    model.closed.push(id);
  }),
);

const haunt = fc.nat(9).map((index) =>
  command(`haunt ${index}`, async (model, { uploads, repository }) => {
    const id = model.closed[index % Math.max(1, model.closed.length)];
    if (id === undefined) return;
    const digest = digestOf('');
    const attempts = [
      uploads.status(repository, id),
      uploads.append(repository, id, { body: bodyOf('ghost') }),
      uploads.complete(repository, id, { digest, rules: 'oci' }),
      uploads.cancel(repository, id),
    ];
    assert.deepEqual(new Set(await Promise.all(attempts.map(kindOf))), new Set(['upload-not-found']));
  }),
);

const restart = fc.constant(
  command('restart', async (_model, real) => {
    real.uploads = reopenUploads(real.house, real.house.layers);
    await Promise.resolve();
  }),
);

let runs = 0;

export const uploadFuzzers: readonly Fuzz[] = [
  fuzzer('uploads: the state machine does what its model does', 60, async () => {
    const house = openHouse(await newGround());
    const commands = fc.commands([start, append, append, race, complete, cancel, haunt, restart], { maxCommands: 25 });
    return fc.asyncProperty(commands, async (list) => {
      runs += 1;
      // Another account each time, so that no run finds the bytes of another.
      const repository = await house.repositories.create(registryRef(`${200_000_000_000 + runs}`), { name: 'app' });
      const uploads = reopenUploads(house, house.layers);
      await fc.asyncModelRun(
        () => ({ model: { open: new Map(), closed: [] }, real: { house, repository, uploads } }),
        list,
      );
    });
  }),
];
