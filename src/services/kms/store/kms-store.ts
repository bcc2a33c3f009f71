// What all of the keys' API works on: the database, the keys that seal and wrap, and one way to change things.

import type { Clock } from '#core/clock.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { MaterialWrapping } from '../material/wrapping.ts';
import { underStandingRoot } from '../root/standing.ts';
import type { KmsTables, KmsTransaction } from './tables.ts';

export interface KmsStore {
  readonly database: Database;
  /** Seals what is no key material: policies. */
  readonly keyRing: KeyRing;
  readonly wrapping: MaterialWrapping;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * One transaction, before and after whose commit every cache is dropped: the next request sees it. `work` runs
   * once more when the root key was replaced while it wrapped something.
   */
  change<Result>(work: (transaction: KmsTransaction) => Promise<Result>): Promise<Result>;
  /** The same for grants alone: the caches of keys stay. */
  changeGrants<Result>(work: (transaction: KmsTransaction) => Promise<Result>): Promise<Result>;
  /** Called with each change but those of grants. */
  onChange(listener: () => void): void;
  /** Called with each change, of grants too: whatever may decide otherwise from now on. */
  onAnyChange(listener: () => void): void;
}

export type KmsStoreOptions = Pick<KmsStore, 'database' | 'keyRing' | 'wrapping' | 'clock' | 'random'>;

export function openKmsStore(options: KmsStoreOptions): KmsStore {
  const ofKeys: Array<() => void> = [];
  const ofAll: Array<() => void> = [];
  const forgetGrants = (): void => {
    for (const listener of ofAll) listener();
  };
  const forget = (): void => {
    for (const listener of ofKeys) listener();
    forgetGrants();
  };
  return {
    ...options,
    onChange: (listener) => void ofKeys.push(listener),
    onAnyChange: (listener) => void ofAll.push(listener),
    changeGrants: (work) => changing(options.database, work, forgetGrants),
    change: <Result>(work: (transaction: KmsTransaction) => Promise<Result>) =>
      underStandingRoot(() => changing<KmsTables, Result>(options.database, work, forget)),
  };
}
