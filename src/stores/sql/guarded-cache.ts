// A bounded cache of what the database says, emptied as soon as another process has committed anything.

import type { Transaction } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { MaybePromise } from '#core/operation.ts';
import type { Database, ForeignScope } from './database.ts';

export interface GuardedCacheBounds<Value> {
  readonly entriesMax: number;
  /** `all but content` only where nothing of what is loaded comes from content; everything when left out. */
  readonly follows?: ForeignScope;
  /** Bounds the sum of `sizeOf` over all entries too. */
  readonly size?: { readonly sumMax: number; readonly sizeOf: (value: Value) => number };
  /** Told of every value that leaves the cache, or was loaded and is not kept: whoever waited for it has it still. */
  readonly dropped?: (value: Value) => void;
}

/**
 * A transaction that changes what caches hold. `forget` runs inside it, just before the commit, and again after it:
 * with one connection the first is enough; with several, another could still have read the old rows in between.
 */
export async function changing<Tables, Result>(
  database: Database,
  work: (transaction: Transaction<Tables>) => Promise<Result>,
  forget: (result: Result) => void,
): Promise<Result> {
  const result = await database.transact<Tables, Result>(async (transaction) => {
    const done = await work(transaction);
    forget(done);
    return done;
  });
  forget(result);
  return result;
}

interface Kept<Value> {
  readonly value: Value;
  readonly generation: number;
}

/**
 * Right as long as its owner calls `forget` for what it changes, inside the transaction that changes it (see
 * `changing`): from then on readers wait for the commit, and what they began to read before is not kept.
 */
export class GuardedCache<Value extends object> {
  readonly #database: Pick<Database, 'foreignVersion' | 'here'>;
  readonly #bounds: GuardedCacheBounds<Value>;
  /** Made with its first entry: it takes memory for all that it may ever hold at once. */
  #values: LRUCache<string, Kept<Value>> | undefined;
  /** Entries of an earlier generation are misses: emptying goes over the room for all that there may be. */
  #generation = 0;
  /** Reads under way; one that is no longer here when it ends is not kept. */
  readonly #reading = new Map<string, Promise<Value>>();
  #version: number;

  constructor(database: Pick<Database, 'foreignVersion' | 'here'>, bounds: GuardedCacheBounds<Value>) {
    this.#database = database;
    this.#version = database.foreignVersion(bounds.follows);
    this.#bounds = bounds;
  }

  /** The value if it is here and still right: one look-up and one version read. */
  get(key: string): Value | undefined {
    this.#checkVersion();
    const kept = this.#values?.get(key);
    return kept?.generation === this.#generation ? kept.value : undefined;
  }

  /**
   * The value, or what `load` reads; loads of one key at the same time are one. Failures are not kept, nor is what is
   * loaded inside a transaction: that may be undone, and neither side may wait for the other.
   */
  read(key: string, load: () => Promise<Value>): MaybePromise<Value> {
    const known = this.get(key);
    if (known !== undefined) return known;
    if (this.#database.here() !== undefined) return this.#loadAlone(load);
    const started = this.#reading.get(key);
    if (started !== undefined) return started;
    const reading: Promise<Value> = load().then(
      (value) => {
        if (this.#end(key, reading)) this.#keep(key, value);
        else this.#bounds.dropped?.(value);
        return value;
      },
      (error: unknown) => {
        this.#end(key, reading);
        throw error;
      },
    );
    this.#reading.set(key, reading);
    return reading;
  }

  forget(key: string): void {
    this.#values?.delete(key);
    this.#reading.delete(key);
  }

  clear(): void {
    this.#reading.clear();
    this.#generation += 1;
    // Only who has to be told of each that leaves pays for the room of all that there may be.
    if (this.#bounds.dropped !== undefined && this.#values !== undefined && this.#values.size > 0) this.#values.clear();
  }

  /** Forgets all when another process has changed something; true while anything is left. For caches with `dropped`. */
  refresh(): boolean {
    this.#checkVersion();
    return (this.#values?.size ?? 0) > 0;
  }

  /** The same, and forgets what is old. Goes over all. For caches with `dropped`. */
  sweep(isOld: (value: Value) => boolean): boolean {
    this.#checkVersion();
    const old = [...(this.#values?.entries() ?? [])].filter(([, { value }]) => isOld(value));
    for (const [key] of old) this.#values?.delete(key);
    return (this.#values?.size ?? 0) > 0;
  }

  async #loadAlone(load: () => Promise<Value>): Promise<Value> {
    const value = await load();
    this.#bounds.dropped?.(value);
    return value;
  }

  #keep(key: string, value: Value): void {
    this.#values ??= openValues(this.#bounds);
    this.#values.set(key, { value, generation: this.#generation });
  }

  #end(key: string, reading: Promise<Value>): boolean {
    if (this.#reading.get(key) !== reading) return false;
    this.#reading.delete(key);
    return true;
  }

  #checkVersion(): void {
    const version = this.#database.foreignVersion(this.#bounds.follows);
    if (version === this.#version) return;
    this.#version = version;
    this.clear();
  }
}

function openValues<Value extends object>(bounds: GuardedCacheBounds<Value>): LRUCache<string, Kept<Value>> {
  const { entriesMax: max, size, dropped } = bounds;
  const dispose = dropped === undefined ? {} : { dispose: ({ value }: Kept<Value>) => dropped(value) };
  if (size === undefined) return new LRUCache({ max, ...dispose });
  const sizeCalculation = ({ value }: Kept<Value>) => Math.max(1, size.sizeOf(value));
  return new LRUCache({ max, maxSize: size.sumMax, sizeCalculation, ...dispose });
}
