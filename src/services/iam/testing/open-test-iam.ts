// For tests: IAM over SQLite in memory, with one account.

import { type AccountId, parseAccountId } from '#core/account.ts';
import { manualClock } from '#core/clock.ts';
import { systemRandom } from '#core/random.ts';
import { openKeyRing } from '#services/kms/key-ring.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { kmsMigrations } from '#services/kms/tables.ts';
import { openSqlite } from '#stores/sql/sqlite/open.ts';
import { openIamStore } from '../iam-store.ts';
import { openIam } from '../open-iam.ts';
import { type IamTables, iamMigrations } from '../tables.ts';

export const testAccountId = parseAccountId('111122223333') as AccountId;

/** An IAM that is forgotten with the process. */
export async function openTestIam() {
  const database = await openSqlite({ file: ':memory:', migrations: [...kmsMigrations, ...iamMigrations] });
  const clock = manualClock(0);
  const rootKey = { id: '0'.repeat(16), bytes: Buffer.alloc(32, 1) };
  const platform = { clock, random: systemRandom };
  const options = {
    database,
    keyRing: openKeyRing({ database, roots: holdRootKeys(rootKey), ...platform }),
    ...platform,
  };
  const iam = openIam(options);
  await iam.accounts.create({ name: 'test', accountId: testAccountId });
  return {
    iam,
    store: openIamStore(options),
    options,
    tables: database.tables<IamTables>(),
    close: () => database.close(),
  };
}
