// For tests: writers at work, the power cut under them, the store opened again, and the contract checked; by a seed.

import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isKind } from '#core/errors.ts';
import { type Chance, seededChance } from '#std/testing/seeded-chance.ts';
import { VolatileDisk } from '#std/testing/volatile-disk.ts';
import type { BlobStore } from '../blob-store.ts';
import type { FileSystem } from '../file/file-system.ts';
import { get, listed, patternOf, put } from './bytes.ts';
import { PowerCutError, type PowerCutOptions, powerCutFileSystem } from './power-cut-file-system.ts';

export interface PowerCutPlay {
  readonly seed: number;
  /** A store over a file system that begins with nothing or with what the last cut left. */
  readonly open: (fileSystem: FileSystem, directory: string) => Promise<BlobStore>;
  readonly lies?: PowerCutOptions['lies'];
}

export interface PowerCutCounts {
  cuts: number;
  acknowledged: number;
  checked: number;
}

/** What a key may hold: the seeds of its bytes, undefined for nothing. More than one while nobody was answered. */
type Possible = Array<number | undefined>;

interface Stage {
  readonly store: BlobStore;
  readonly chance: Chance;
  readonly keys: Map<string, Possible>;
  readonly counts: PowerCutCounts;
  readonly nextSeed: () => number;
}

/** A key domain, as the encrypted store needs one. */
const domain = 'powercutpowercut';
const directory = '/data/blobs';
const livesPerPlay = 4;
const writers = 4;
const sizes = [0, 1, 511, 513, 4096, 66_000, 140_000];

/** Throws AssertionError when the contract is broken. Adds to `counts`. */
export async function playPowerCuts({ seed, open, lies }: PowerCutPlay, counts: PowerCutCounts): Promise<void> {
  const chance = seededChance(seed);
  const keys = new Map<string, Possible>();
  let seeds = 0;
  const nextSeed = () => {
    seeds += 1;
    return seeds;
  };
  let disk = new VolatileDisk();
  // The data folder is there for good before the store is opened.
  disk.makeFolder(dirname(directory));
  disk.syncFolder('/');
  for (let life = 0; life < livesPerPlay; life += 1) {
    const cutAtCall = Math.floor(chance() * 160);
    const failOneIn = chance() < 0.3 ? 40 : undefined;
    const options: PowerCutOptions = {
      disk,
      chance,
      cutAtCall,
      ...(failOneIn && { failOneIn }),
      ...(lies && { lies }),
    };
    await workUntilCut(options, (store) => ({ store, chance, keys, counts, nextSeed }), open);
    // A kill leaves what was not synced in the system's memory: a later power cut may still take it.
    if (life < livesPerPlay - 1 && chance() < 0.3) continue;
    counts.cuts += 1;
    disk = disk.afterPowerCut(chance);
    await checkAll(disk, open, keys, counts, chance);
  }
}

async function workUntilCut(
  options: PowerCutOptions,
  stageOf: (store: BlobStore) => Stage,
  open: PowerCutPlay['open'],
): Promise<void> {
  try {
    const stage = stageOf(await open(powerCutFileSystem(options), directory));
    const ends = await Promise.allSettled(Array.from({ length: writers }, (_, writer) => write(stage, writer)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } catch (error) {
    if (!(error instanceof PowerCutError) && !isKind(error, 'storage-unavailable')) throw error;
  }
}

/** Folders are shared among the writers, keys are not. Ends with the power, or after a while without a cut. */
async function write(stage: Stage, writer: number): Promise<void> {
  const { store, chance, keys, counts } = stage;
  for (let turn = 0; turn < 12; turn += 1) {
    const key = `${domain}/${Math.floor(chance() * 3)}/${writer}${Math.floor(chance() * 2)}`;
    const before = keys.get(key) ?? [undefined];
    // What may be there is removed: a key is written once.
    const isThere = before.some((one) => one !== undefined);
    const seed = isThere ? undefined : stage.nextSeed();
    // Until it is answered, and for ever when it is not, both are right; a fault never makes a third.
    keys.set(key, [...before, seed]);
    try {
      if (seed === undefined) await store.remove(key);
      else await put(store, key, bytesOf(seed));
      keys.set(key, [seed]);
      counts.acknowledged += 1;
    } catch (error) {
      if (!isKind(error, 'storage-unavailable')) throw error;
      return;
    }
  }
}

/** With the power back: each key holds one of what it may, and can be written when it holds nothing. */
async function checkAll(
  disk: VolatileDisk,
  open: PowerCutPlay['open'],
  keys: Map<string, Possible>,
  counts: PowerCutCounts,
  chance: Chance,
): Promise<void> {
  const store = await open(powerCutFileSystem({ disk, chance, cutAtCall: Number.POSITIVE_INFINITY }), directory);
  const names = new Set((await listed(store, '')).map(({ key }) => key));
  for (const [key, possible] of keys) {
    const found = names.has(key) ? await get(store, key) : undefined;
    names.delete(key);
    const index = possible.findIndex((seed) => sameBytes(found, seed === undefined ? undefined : bytesOf(seed)));
    const wanted = possible.map((seed) => (seed === undefined ? 'nothing' : `${bytesOf(seed).length} bytes`));
    assert.notEqual(index, -1, `${key} holds ${found?.length ?? 'nothing'}, not ${wanted.join(' or ')}`);
    keys.set(key, [possible[index]]);
    counts.checked += 1;
  }
  assert.deepEqual([...names], [], 'nobody wrote these');
  await put(store, `${domain}/new/${counts.cuts}`, patternOf(100));
  await store.remove(`${domain}/new/${counts.cuts}`);
  assert.deepEqual(namesOf(disk, `${directory}/tmp`).length, 1, 'temporary folders are swept when a store is opened');
}

function bytesOf(seed: number): Buffer {
  return patternOf(sizes[seed % sizes.length] ?? 0, seed);
}

function sameBytes(found: Buffer | undefined, wanted: Buffer | undefined): boolean {
  return found === undefined || wanted === undefined ? found === wanted : found.equals(wanted);
}

function namesOf(disk: VolatileDisk, folder: string): readonly string[] {
  return disk.list(folder).map(({ name }) => name);
}
