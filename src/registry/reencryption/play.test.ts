// Plays: pushes, deletes, uploads, moves that begin, turn round, die and go on, in any order, by requests old and new.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Caller } from '#core/caller.ts';
import { collect } from '../collection/collect.ts';
import type { Encryption, Repository } from '../registry.ts';
import { home, imageManifest, type Made, pushOf, refuses } from '../testing/test-images.ts';
import { testKeyRing } from '../testing/test-key-ring.ts';
import {
  bodyOf,
  digestOf,
  type Ground,
  type House,
  hourMs,
  newGround,
  openHouse,
  put,
} from '../testing/test-layers.ts';

const caller = { principal: { arn: 'arn:aws:iam::123456789012:user/anna' } } as Caller;
const tags = ['a', 'b', 'c'] as const;
const contents = ['first', 'second', 'third', 'fourth'] as const;
const targets: readonly Encryption[] = [
  { type: 'AES256' },
  { type: 'KMS', kmsKey: 'one' },
  { type: 'KMS_DSSE', kmsKey: 'two' },
];
const quiet: Parameters<House['moves']['run']>[1] = {
  ended: async (_repository, end) => void (await end()),
  paused: (_repository, _move, _reason, pause) => pause(),
  failed(_repository, error) {
    throw error;
  },
};

/** What somebody does; `who` chooses among the repository as it was known at some time. */
type Deed =
  | { readonly kind: 'push'; readonly who: number; readonly tag: number; readonly layers: readonly number[] }
  | { readonly kind: 'append' | 'complete' | 'mount'; readonly who: number; readonly layer: number }
  | { readonly kind: 'start'; readonly target: number }
  | { readonly kind: 'run'; readonly transactions: number }
  | { readonly kind: 'delete'; readonly tag: number }
  | { readonly kind: 'cancel' | 'finish' | 'wait' };

const who = fc.nat(5);
const layer = fc.nat(contents.length - 1);
const tag = fc.nat(tags.length - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), who, tag, layers: fc.array(layer, { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constantFrom('append' as const, 'complete' as const, 'mount' as const), who, layer }),
  fc.record({ kind: fc.constant('start' as const), target: fc.nat(targets.length - 1) }),
  fc.record({ kind: fc.constant('run' as const), transactions: fc.nat(8) }),
  fc.record({ kind: fc.constant('delete' as const), tag }),
  fc.record({ kind: fc.constantFrom('cancel' as const, 'finish' as const, 'wait' as const) }),
);

class Play {
  readonly #ground: Ground;
  readonly #keyRing = testKeyRing();
  #house: House;
  /** The repository as requests know it that are still under way. */
  #known: Repository[] = [];
  readonly #images = new Map<string, { readonly image: Made; readonly layers: readonly string[] }>();
  #upload: { readonly id: string; sent: string } | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
    for (const name of ['one', 'two']) ground.repositoryKeys.usable.set(name, ['read', 'write']);
    this.#house = openHouse(ground, this.#keyRing);
  }

  async begin(): Promise<void> {
    await this.#house.repositories.create(home, { name: 'app' });
    const other = await this.#house.repositories.create(home, { name: 'other' });
    for (const bytes of contents) await put(this.#house, other, bytes);
    await this.#know();
  }

  async do(one: Deed): Promise<void> {
    switch (one.kind) {
      case 'push':
        await this.#push(this.#as(one.who), tags[one.tag] ?? '', one.layers);
        break;
      case 'append':
        await this.#append(this.#as(one.who), contents[one.layer] ?? '');
        break;
      case 'complete':
        await this.#complete(this.#as(one.who));
        break;
      case 'mount':
        await this.#mount(this.#as(one.who), contents[one.layer] ?? '');
        break;
      case 'start':
        await this.#start(targets[one.target] ?? {});
        break;
      case 'run':
        await this.#die(one.transactions);
        break;
      case 'delete':
        await this.#delete(tags[one.tag] ?? '');
        break;
      case 'cancel':
        await this.#cancel();
        break;
      case 'finish':
        await this.#run();
        break;
      case 'wait':
        await this.#wait();
    }
    await this.#know();
    await this.#look();
  }

  /** Everything moves to its end, and nothing is left of what was left. */
  async end(): Promise<void> {
    await this.#run();
    await this.#wait();
    const { keyDomain, moving, keySlot } = await this.#current();
    assert.equal(moving, undefined);
    assert.deepEqual([...this.#ground.repositoryKeys.slots.keys()], keySlot === undefined ? [] : [keySlot]);
    await this.#look();
    await this.#house.repositories.remove(home, 'app', { force: true, caller });
    for (let passes = 0; passes < 2; passes += 1) await this.#wait();
    const other = await this.#house.repositories.get(home, 'other');
    const names = (await Array.fromAsync(this.#ground.blobs.list(''))).map(({ key }) => key);
    assert.ok(
      names.every((name) => name.startsWith(other.keyDomain)),
      `${keyDomain}: ${names.join(' ')}`,
    );
  }

  #as(index: number): Repository {
    return this.#known[index % this.#known.length] ?? assert.fail();
  }

  #current(): Promise<Repository> {
    return Promise.resolve(this.#house.repositories.get(home, 'app'));
  }

  async #know(): Promise<void> {
    this.#known = [await this.#current(), ...this.#known].slice(0, 6);
  }

  async #push(repository: Repository, name: string, layers: readonly number[]): Promise<void> {
    const texts = [`config ${layers.join()}`, ...layers.map((index) => contents[index] ?? '')];
    for (const bytes of texts) await put(this.#house, repository, bytes);
    const [config = assert.fail(), ...rest] = texts.map((text) => ({ digest: digestOf(text), size: text.length }));
    const image = imageManifest(config, rest);
    await this.#house.images.push(repository, pushOf(image, name));
    this.#images.set(name, { image, layers: texts });
  }

  async #append(repository: Repository, text: string): Promise<void> {
    this.#upload ??= { id: (await this.#house.uploads.start(repository)).id, sent: '' };
    await this.#house.uploads.append(repository, this.#upload.id, { body: bodyOf(text) });
    this.#upload.sent += text;
  }

  async #complete(repository: Repository): Promise<void> {
    if (this.#upload === undefined || this.#upload.sent === '') return;
    const { id, sent } = this.#upload;
    const digest = digestOf(sent);
    await this.#house.uploads.complete(repository, id, { digest, rules: 'oci' });
    this.#upload = undefined;
    assert.equal(await this.#read(repository, sent), sent);
  }

  async #mount(target: Repository, text: string): Promise<void> {
    const other = await this.#house.repositories.get(home, 'other');
    const isMounted = await this.#house.layers.mount(target, other, digestOf(text));
    const current = await this.#current();
    if (isMounted) assert.equal(current.keyDomain, other.keyDomain);
  }

  async #start(target: Partial<Encryption>): Promise<void> {
    const repository = await this.#current();
    const starting = this.#house.moves.reencryptions.start(repository, target, caller);
    if (repository.moving !== undefined) await refuses(starting, 'entity-already-exists');
    else if (target.type === 'AES256' && repository.encryption.type === 'AES256') {
      await refuses(starting, 'invalid-parameter');
    } else await starting;
  }

  async #cancel(): Promise<void> {
    const repository = await this.#current();
    const cancelling = this.#house.moves.reencryptions.cancel(repository);
    if (repository.moving === undefined) await refuses(cancelling, 'no-such-entity');
    else await cancelling;
  }

  async #delete(name: string): Promise<void> {
    if (!this.#images.delete(name)) return;
    await this.#house.images.removeTag(await this.#current(), { tag: name }, 'remove-image');
  }

  async #run(): Promise<void> {
    await this.#house.moves.run(new AbortController().signal, quiet);
    assert.equal((await this.#current()).moving, undefined, 'nothing stands in its way');
  }

  /** The process dies before its so-manieth transaction, and another one begins. */
  async #die(transactions: number): Promise<void> {
    const controller = new AbortController();
    let left = transactions;
    const transact: Ground['database']['transact'] = async (work) => {
      if (left === 0) controller.abort();
      controller.signal.throwIfAborted();
      left -= 1;
      return this.#ground.database.transact(work);
    };
    const dying = openHouse({ ...this.#ground, database: { ...this.#ground.database, transact } }, this.#keyRing);
    await dying.moves.run(controller.signal, quiet).catch((error: unknown) => {
      if (!controller.signal.aborted) throw error;
    });
    this.#house = openHouse(this.#ground, this.#keyRing);
  }

  /** So long that requests of before have ended: what is left is given back and collected. */
  async #wait(): Promise<void> {
    for (let passes = 0; passes < 2; passes += 1) {
      this.#ground.clock.advance(2 * hourMs);
      await this.#house.moves.run(new AbortController().signal, quiet);
      await collect(this.#house.collection);
    }
    this.#known = [];
    // With nothing in memory, as it was so long ago.
    this.#house = openHouse(this.#ground, this.#keyRing);
  }

  async #look(): Promise<void> {
    for (const repository of new Set(this.#known)) {
      for (const [name, { image, layers }] of this.#images) {
        assert.deepEqual((await this.#house.images.get(repository, { tag: name })).bytes, image.bytes);
        for (const text of layers) assert.equal(await this.#read(repository, text), text);
      }
    }
  }

  async #read(repository: Repository, text: string): Promise<string> {
    const pieces = await Array.fromAsync(this.#house.layers.read(repository, digestOf(text)));
    return Buffer.concat(pieces).toString();
  }
}

test('whatever happens in whatever order, every image that was acknowledged is whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 25 }), async (deeds) => {
      const ground = await newGround();
      try {
        const play = new Play(ground);
        await play.begin();
        for (const one of deeds) await play.do(one);
        await play.end();
      } finally {
        await ground.database.close();
      }
    }),
    {
      numRuns: 60,
      // A request that began two moves ago, and a repository that was under the registry's own key then.
      examples: [
        [
          [
            { kind: 'start', target: 1 },
            { kind: 'finish' },
            { kind: 'start', target: 1 },
            { kind: 'push', who: 4, tag: 0, layers: [0] },
          ],
        ],
      ],
    },
  );
});
