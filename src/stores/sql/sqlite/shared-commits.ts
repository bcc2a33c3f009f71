// Transactions that wait at the same time share one commit: each undone by itself when it fails, durable together.

import type { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import type { Kysely, Transaction } from 'kysely';
import { isKind } from '#core/errors.ts';
import { nextTurn } from '#std/next-turn.ts';
import { storageFault } from './faults.ts';

/** The transaction that the running code is inside of; `open` turns false at its end, for what it left running. */
export type Inside = AsyncLocalStorage<{ open: boolean; readonly transaction: Transaction<unknown> }>;

type Work = (transaction: Transaction<unknown>) => Promise<unknown>;

interface Member {
  readonly work: Work;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** What a member is told at the end of the transaction. */
type Outcome =
  | { readonly isKept: true; readonly result: unknown }
  | { readonly isKept: false; readonly error: unknown };

/** A sync costs as much as the statements of dozens of transactions; readers wait for their turn meanwhile. */
const membersMax = 32;

export class SharedCommits {
  readonly #sqlite: DatabaseSync;
  readonly #kysely: Kysely<unknown>;
  readonly #inside: Inside;
  #waiting: Member[] = [];
  #running: Promise<void> | undefined;

  constructor(sqlite: DatabaseSync, kysely: Kysely<unknown>, inside: Inside) {
    this.#sqlite = sqlite;
    this.#kysely = kysely;
    this.#inside = inside;
  }

  /** Members run in the order in which they asked. Resolves after the commit that `work` is part of is durable. */
  run(work: Work): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, resolve, reject });
      this.#running ??= this.#runAll();
    });
  }

  /** Resolves when nobody waits any more. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Whatever else this turn of the loop has read from its sockets comes along.
      await nextTurn();
      await this.#runTogether();
    }
    this.#running = undefined;
  }

  async #runTogether(): Promise<void> {
    const members = this.#waiting.splice(0, membersMax);
    const outcomes: Outcome[] = [];
    let started = members.length;
    try {
      await this.#kysely.transaction().execute(async (transaction) => {
        // Beginning may have waited for another process: who came meanwhile comes along.
        members.push(...this.#waiting.splice(0, membersMax - members.length));
        for (started = 0; started < members.length; ) {
          const work = members[started]?.work as Work;
          started += 1;
          outcomes.push(await this.#runOne(transaction, work, outcomes.length > 0));
        }
      });
    } catch (error) {
      // Nothing stays of a transaction that is rolled back or did not begin; who had no turn gets another.
      this.#waiting.unshift(...members.splice(started));
      const lost: Outcome = { isKept: false, error };
      for (let index = 0; index < members.length; index += 1) {
        if (outcomes[index]?.isKept !== false) outcomes[index] = lost;
      }
    }
    for (const [index, { resolve, reject }] of members.entries()) {
      const outcome = outcomes[index];
      if (outcome?.isKept === true) resolve(outcome.result);
      else reject(outcome?.error);
    }
  }

  /** Throws when nothing of the transaction can stay. */
  async #runOne(transaction: Transaction<unknown>, work: Work, isShared: boolean): Promise<Outcome> {
    // The first may take the whole transaction with it, which is its own until then.
    if (!isShared) return { isKept: true, result: await this.#enter(transaction, work) };
    this.#sqlite.exec('savepoint member');
    try {
      const result = await this.#enter(transaction, work);
      this.#sqlite.exec('release member');
      return { isKept: true, result };
    } catch (error) {
      // A disk that fails makes SQLite roll back by itself, and with it those who went before.
      if (!this.#sqlite.isTransaction) throw asStorageFault(error);
      this.#sqlite.exec('rollback to member');
      this.#sqlite.exec('release member');
      return { isKept: false, error };
    }
  }

  async #enter(transaction: Transaction<unknown>, work: Work): Promise<unknown> {
    const mark = { open: true, transaction };
    try {
      const result = await this.#inside.run(mark, () => work(transaction));
      // Statements after a fault that was swallowed would each be a transaction of its own.
      if (!this.#sqlite.isTransaction) throw storageFault('the transaction ended before its work', undefined);
      return result;
    } finally {
      mark.open = false;
    }
  }
}

function asStorageFault(error: unknown): unknown {
  return isKind(error, 'storage-unavailable')
    ? error
    : storageFault('the transaction that it shares was undone', error);
}
