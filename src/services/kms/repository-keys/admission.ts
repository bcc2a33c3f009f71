// May a repository's key be used now? KMS decrypts once in a few minutes, and is asked at every use if it still would.

import { LRUCache } from 'lru-cache';
import type { AccountId } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { isKind } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { KeyUse, KeyUses } from '#core/ports/key-uses.ts';
import type { RepositoryUse, UsedObject } from '#core/ports/repository-keys.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { OpenedDomains } from './opened-domains.ts';
import { asUnavailable, unavailable } from './refusals.ts';
import { objectArnOf, openDomainKeyOnce, slotContext } from './slot.ts';
import { findSlot, type SlotRow, type SlotTables } from './tables.ts';

export interface AdmissionOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly uses: KeyUses;
  readonly opened: OpenedDomains;
  /** 0: every use is a call of KMS, with its record. */
  readonly cacheMs: number;
}

interface Slot {
  readonly row: SlotRow;
  readonly domain: KeyDomainId;
  readonly use: KeyUse;
}

const slotsMax = 20_000;

/** A refusal is never kept: the next use asks again. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #slots: GuardedCache<Slot>;
  /** Until when an answer of KMS is good, by use and slot, whatever becomes of the clock on the wall. */
  readonly #answered = new LRUCache<string, number>({ max: 2 * slotsMax });

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#slots = new GuardedCache(options.database, { entriesMax: slotsMax, follows: 'all but content' });
  }

  /** See `RepositoryKeys.admit`. */
  admit(slotId: string, use: RepositoryUse, object?: UsedObject): MaybePromise<void> {
    const slot = this.#slots.read(slotId, () => this.#load(slotId));
    if (slot instanceof Promise) return slot.then((loaded) => this.#admitTo(loaded, use, object));
    return this.#admitTo(slot, use, object);
  }

  forget(slotId: string): void {
    this.#slots.forget(slotId);
  }

  #admitTo(slot: Slot, use: RepositoryUse, object: UsedObject | undefined): MaybePromise<void> {
    if (!this.#isAnswered(slot, use)) return this.#ask(slot, use, object);
    try {
      const checked = this.#check(slot, use);
      return checked?.catch((error: unknown) => this.#refuse(slot, error));
    } catch (error) {
      return Promise.reject(this.#refusalOf(slot, error));
    }
  }

  #isAnswered({ row, domain }: Slot, use: RepositoryUse): boolean {
    const { clock, opened } = this.#options;
    return (
      (this.#answered.get(`${use} ${row.slot_id}`) ?? Number.NEGATIVE_INFINITY) > clock.monotonicMs() &&
      opened.has(domain)
    );
  }

  /** Of what KMS has answered already: would it do so now? */
  #check({ use: keyUse }: Slot, use: RepositoryUse): Promise<void> | undefined {
    const { uses } = this.#options;
    const read = uses.check(keyUse, 'Decrypt');
    if (use === 'read') return read instanceof Promise ? read : undefined;
    const write = read instanceof Promise ? read.then(() => uses.check(keyUse, 'GenerateDataKey')) : undefined;
    const checked = write ?? uses.check(keyUse, 'GenerateDataKey');
    return checked instanceof Promise ? checked : undefined;
  }

  async #ask(slot: Slot, use: RepositoryUse, object: UsedObject | undefined): Promise<void> {
    const { clock, uses, opened, cacheMs } = this.#options;
    const untilMs = clock.monotonicMs() + cacheMs;
    const objectArn = object && objectArnOf(slot.row, object);
    try {
      opened.put(slot.domain, await openSlot(uses, slot.row, objectArn), cacheMs);
      this.#answered.set(`read ${slot.row.slot_id}`, untilMs);
      if (use === 'read') return;
      // The blobs' own keys are wrapped by the domain's: of what KMS makes only the permission is needed.
      const made = await uses.generateDataKey(slot.use, objectArn);
      made.plaintext.fill(0);
      this.#answered.set(`write ${slot.row.slot_id}`, untilMs);
    } catch (error) {
      this.#refuse(slot, error);
    }
  }

  #refuse(slot: Slot, error: unknown): never {
    throw this.#refusalOf(slot, error);
  }

  /** A key that nobody may use now is not kept open for anybody. */
  #refusalOf({ domain }: Slot, error: unknown): unknown {
    const isOfAll = isKind(error, 'kms-key-disabled') || isKind(error, 'kms-key-state-invalid');
    if (isOfAll || isKind(error, 'kms-key-not-found')) this.#options.opened.drop(domain);
    return asUnavailable(error);
  }

  async #load(slotId: string): Promise<Slot> {
    const row = await findSlot(this.#options.database.tables<SlotTables>(), slotId);
    if (row === undefined) throw unavailable('NotFoundException', 'The repository has no key any more.');
    return { row, domain: row.domain_id as KeyDomainId, use: useOf(row) };
  }
}

/** The key of the slot's domain, by a Decrypt of the slot's data key. Throws what KMS throws. */
export async function openSlot(uses: KeyUses, row: SlotRow, objectArn?: string): Promise<Buffer> {
  return openDomainKeyOnce(row, await uses.decrypt(useOf(row), row.data_key, objectArn));
}

export function useOf(slot: Pick<SlotRow, 'key_arn' | 'account_id' | 'slot_id' | 'repository_arn' | 'region'>): KeyUse {
  return { keyArn: slot.key_arn, accountId: slot.account_id as AccountId, context: slotContext(slot) };
}
