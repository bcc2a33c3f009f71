// Opened keys in memory: at most so many, for at most so long, and overwritten as soon as nobody works with them.

import type { Clock } from '#core/clock.ts';
import type { MaybePromise } from '#core/operation.ts';
import { nextTurn } from '#std/next-turn.ts';
import { overwriting } from '#std/overwriting.ts';
import { openSweeper, type Sweeper } from '#std/sweeper.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';

export interface SecretCacheOptions {
  readonly database: Pick<Database, 'foreignVersion' | 'here'>;
  readonly clock: Clock;
  /** 0: nothing is kept. */
  readonly keptMs: number;
  readonly entriesMax: number;
  /** How often what is old, or was changed by another process, is looked for. */
  readonly sweepMs?: number;
}

interface Held<Secret> {
  readonly secret: Secret;
  readonly untilMs: number;
  /** Work that has begun and waits for something. */
  users: number;
  isDropped: boolean;
}

const secondMs = 1000;

/**
 * A secret that leaves the cache (its time is over, others need the place, it was forgotten, another process has
 * committed more than content) is overwritten in the next turn of the event loop, or when the last that works with it
 * has ended. In this turn those may still begin who waited for the same load. Inside a transaction each loads for
 * itself: a load of somebody outside may be waiting for that very transaction.
 */
export class SecretCache<Secret extends { readonly bytes: Buffer }> {
  readonly #options: SecretCacheOptions;
  readonly #cache: GuardedCache<Held<Secret>>;
  readonly #sweeper: Sweeper;
  /** When the first of all that are held is old. */
  #nextMs = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(options: SecretCacheOptions) {
    const { database, entriesMax, sweepMs = secondMs } = options;
    this.#options = options;
    this.#cache = new GuardedCache<Held<Secret>>(database, { entriesMax, follows: 'all but content', dropped: drop });
    this.#sweeper = openSweeper(sweepMs, () => this.#sweep());
  }

  /**
   * What `work` makes of the secret, which it has until then and no longer: of a promise, until that has settled. The
   * secret now belongs to the cache; loads of one name at the same time are one.
   */
  use<Result>(
    name: string,
    load: () => Promise<Secret>,
    work: (secret: Secret) => MaybePromise<Result>,
  ): MaybePromise<Result> {
    if (this.#options.keptMs === 0 || this.#isClosed)
      return load().then((secret) => overwriting(secret.bytes, () => work(secret)));
    const known = this.#cache.get(name);
    if (known !== undefined && !this.#isOld(known)) return workOn(known, work);
    if (known !== undefined) this.#cache.forget(name);
    const held = this.#cache.read(name, async () => this.#hold(await load()));
    return held instanceof Promise ? held.then((loaded) => workOn(loaded, work)) : workOn(held, work);
  }

  forget(name: string): void {
    this.#cache.forget(name);
  }

  clear(): void {
    this.#cache.clear();
  }

  /** Forgets all; what is loaded from now on is not kept. Resolves once what nobody works with is overwritten. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#sweeper.close();
    this.#cache.clear();
    await nextTurn();
  }

  #hold(secret: Secret): Held<Secret> {
    this.#sweeper.wake();
    const { clock, keptMs } = this.#options;
    const untilMs = clock.monotonicMs() + keptMs;
    this.#nextMs = Math.min(this.#nextMs, untilMs);
    return { secret, untilMs, users: 0, isDropped: false };
  }

  #isOld({ untilMs }: Held<Secret>): boolean {
    return this.#options.clock.monotonicMs() >= untilMs;
  }

  #sweep(): boolean {
    try {
      if (this.#options.clock.monotonicMs() < this.#nextMs) return this.#cache.refresh();
      this.#nextMs = Number.POSITIVE_INFINITY;
      return this.#cache.sweep((held) => {
        const isOld = this.#isOld(held);
        if (!isOld) this.#nextMs = Math.min(this.#nextMs, held.untilMs);
        return isOld;
      });
    } catch {
      // A database that was closed guards nothing any more.
      this.#cache.clear();
      return false;
    }
  }
}

/** What begins here may end later. */
function workOn<Secret extends { readonly bytes: Buffer }, Result>(
  held: Held<Secret>,
  work: (secret: Secret) => MaybePromise<Result>,
): MaybePromise<Result> {
  const result = work(held.secret);
  if (!(result instanceof Promise)) return result;
  held.users += 1;
  return result.finally(() => {
    held.users -= 1;
    overwriteUnused(held);
  });
}

function drop(held: Held<{ readonly bytes: Buffer }>): void {
  held.isDropped = true;
  setImmediate(overwriteUnused, held);
}

function overwriteUnused({ secret, users, isDropped }: Held<{ readonly bytes: Buffer }>): void {
  if (isDropped && users === 0) secret.bytes.fill(0);
}
