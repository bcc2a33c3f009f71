// For tests: KMS over SQLite in memory, with a clock that is moved by hand.

import { parseAccountId, parseRegion, type RegistryRef } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { systemRandom as random } from '#core/random.ts';
import type { Migration } from '#stores/sql/database.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { defaultKeyPolicy } from '../key-policies/key-policies.ts';
import { openKeyRing } from '../key-ring.ts';
import type { NewKey } from '../keys/keys.ts';
import { openMaterialWrapping } from '../material/wrapping.ts';
import { openKms } from '../open-kms.ts';
import { newRootKey } from '../root/root-key.ts';
import { holdRootKeys } from '../root/root-keys.ts';
import { type KmsTables, keyMigrations } from '../store/tables.ts';
import { kmsMigrations } from '../tables.ts';

export const testRegistry = {
  accountId: parseAccountId('111122223333'),
  region: parseRegion('us-east-1'),
} as RegistryRef;

/** A KMS that is forgotten with the process. `reopen` is another process over the same database. */
export async function openTestKms({
  file = ':memory:',
  more = [],
}: {
  readonly file?: string /** Tables of other rooms. */;
  readonly more?: readonly Migration[];
} = {}) {
  const database = await openSqlite({ file, migrations: [...kmsMigrations, ...keyMigrations, ...more] });
  const clock = manualClock(1_000_000);
  const roots = holdRootKeys(newRootKey(random));
  const principals = { idOf: async (name: string) => name, arnOf: async () => undefined };
  const reopen = (over = database) =>
    openKms({
      database: over,
      keyRing: openKeyRing({ database: over, roots, clock, random }),
      wrapping: openMaterialWrapping(roots, random),
      principals,
      hasAccount: async () => true,
      clock,
      random,
    });
  const kms = reopen();
  return {
    kms,
    reopen,
    clock,
    roots,
    database,
    tables: database.tables<KmsTables>(),
    /** A symmetric key of the registry. */
    newKey: (changes: Partial<NewKey> = {}) =>
      kms.rooms.keys.create(testRegistry, {
        id: kms.rooms.keys.newId(false),
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        origin: 'AWS_KMS',
        description: '',
        isMultiRegion: false,
        manager: 'CUSTOMER',
        policy: defaultKeyPolicy(testRegistry.accountId),
        tags: [],
        ...changes,
      }),
    close: () => database.close(),
  };
}
