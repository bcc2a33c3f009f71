// Domain keys that no slot opens any more leave the memory of every process. Material does so by itself.

import type { Database } from '#stores/sql/database.ts';
import { type ClearingTables, findClearing } from '../clearing/tables.ts';
import type { OpenedDomains } from '../repository-keys/opened-domains.ts';
import { listOpenableDomains, type SlotTables } from '../repository-keys/tables.ts';

export interface ErasedInMemory {
  /** Drops and overwrites what any process has destroyed since the last call. Cheap while nothing was. */
  follow(): Promise<void>;
}

export interface ErasedInMemoryOptions {
  readonly database: Database;
  readonly openedDomains: OpenedDomains;
}

const batchDomains = 200;

export function openErasedInMemory({ database, openedDomains }: ErasedInMemoryOptions): ErasedInMemory {
  const tables = database.tables<ClearingTables & SlotTables>();
  let seen = 0;
  return {
    async follow() {
      const { asked } = await findClearing(tables);
      if (asked === seen) return;
      const opened = openedDomains.all();
      for (let first = 0; first < opened.length; first += batchDomains) {
        const some = opened.slice(first, first + batchDomains);
        const openable = new Set(await listOpenableDomains(tables, some));
        for (const domain of some) if (!openable.has(domain)) openedDomains.drop(domain);
      }
      seen = asked;
    },
  };
}
