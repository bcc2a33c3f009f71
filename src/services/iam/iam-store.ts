// What all of IAM works on: the database, the keys that seal secrets, and one way to change things.

import { LRUCache } from 'lru-cache';
import { type AccountId, globalRegion } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { PolicyDocument } from '#core/ports/policy-source.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import type { IamTables, IamTransaction } from './tables.ts';

export interface IamStore {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly random: Random;
  /** Documents of policy versions as they were opened, by the version's id: they never change. */
  readonly openedDocuments: LRUCache<string, PolicyDocument>;
  /** One transaction; after its commit every cache of IAM is dropped, so that the next request sees the change. */
  change<Result>(work: (transaction: IamTransaction) => Promise<Result>): Promise<Result>;
  /** Called after each change. */
  onChange(listener: () => void): void;
}

export type IamOptions = Pick<IamStore, 'database' | 'keyRing' | 'clock' | 'random'>;

const openedDocumentsMax = 10_000;

export function openIamStore(options: IamOptions): IamStore {
  const listeners: Array<() => void> = [];
  return {
    ...options,
    openedDocuments: new LRUCache({ max: openedDocumentsMax }),
    onChange: (listener) => void listeners.push(listener),
    async change<Result>(work: (transaction: IamTransaction) => Promise<Result>) {
      try {
        return await options.database.transact<IamTables, Result>(work);
      } finally {
        for (const listener of listeners) listener();
      }
    },
  };
}

/** The key domain of an account's own secrets. */
export async function accountDomain(store: IamStore, accountId: string): Promise<KeyDomainId> {
  return store.keyRing.domainOf({ accountId: accountId as AccountId, region: globalRegion });
}
