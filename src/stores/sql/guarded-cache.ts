// A bounded cache of what the database says, emptied as soon as another process has committed anything.

import type { Transaction } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { MaybePromise } from '#core/operation.ts';
import type { Database } from './database.ts';

export interface GuardedCacheBounds<Value> {
  readonly entriesMax: number;
  /** Bounds the sum of `sizeOf` over all entries too. */
  readonly size?: { readonly sumMax: number; readonly sizeOf: (value: Value) => number };
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

/**
 * Right as long as its owner calls `forget` for what it changes, inside the transaction that changes it (see
 * `changing`): from then on readers wait for the commit, and what they began to read before is not kept.
 */
export class GuardedCache<Value extends object> {
  readonly #database: Pick<Database, 'foreignVersion'>;
  readonly #values: LRUCache<string, Value>;
  /** Reads under way; one that is no longer here when it ends is not kept. */
  readonly #reading = new Map<string, Promise<Value>>();
  #version: number;

  constructor(database: Pick<Database, 'foreignVersion'>, bounds: GuardedCacheBounds<Value>) {
    const { entriesMax, size } = bounds;
    this.#database = database;
    this.#version = database.foreignVersion();
    this.#values = new LRUCache<string, Value>(
      size === undefined
        ? { max: entriesMax }
        : { max: entriesMax, maxSize: size.sumMax, sizeCalculation: (value) => Math.max(1, size.sizeOf(value)) },
    );
  }

  /** The value if it is here and still right: one look-up and one version read. */
  get(key: string): Value | undefined {
    this.#checkVersion();
    return this.#values.get(key);
  }

  /** The value, or what `load` reads; loads of one key at the same time are one. Failures are not kept. */
  read(key: string, load: () => Promise<Value>): MaybePromise<Value> {
    const known = this.get(key);
    if (known !== undefined) return known;
    const started = this.#reading.get(key);
    if (started !== undefined) return started;
    const reading: Promise<Value> = load().then(
      (value) => {
        if (this.#end(key, reading)) this.#values.set(key, value);
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
    this.#values.delete(key);
    this.#reading.delete(key);
  }

  clear(): void {
    this.#values.clear();
    this.#reading.clear();
  }

  #end(key: string, reading: Promise<Value>): boolean {
    if (this.#reading.get(key) !== reading) return false;
    this.#reading.delete(key);
    return true;
  }

  #checkVersion(): void {
    const version = this.#database.foreignVersion();
    if (version === this.#version) return;
    this.#version = version;
    this.clear();
  }
}
