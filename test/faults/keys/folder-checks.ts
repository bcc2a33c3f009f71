// What is looked at in the data folder itself, beside the server: that nothing is damaged, and that slots are complete.

import { loadConfig } from '../../../src/config/load.ts';
import type { LayerTables } from '../../../src/registry/layers/tables.ts';
import type { RepositoryTables } from '../../../src/registry/repositories/tables.ts';
import type { KeyRowTables } from '../../../src/services/kms/keys/tables.ts';
import type { SlotTables } from '../../../src/services/kms/repository-keys/tables.ts';
import { databaseFile } from '../../../src/site/data-files.ts';
import { systemPlatform } from '../../../src/site/open-site.ts';
import { verifySite } from '../../../src/site/verification/verify-site.ts';
import { openSqliteToRead } from '../../../src/stores/sql/sqlite/open-to-read.ts';
import { Violation } from '../checking/registers.ts';

/** As `sallyport verify` looks, every byte. */
export async function requireWhole(dataFolder: string): Promise<void> {
  const flags = { '--data': dataFolder, '--listen': '127.0.0.1:0' };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: dataFolder });
  const { damage } = await verifySite(config, systemPlatform, { readsBytes: true });
  const [first] = damage;
  if (first !== undefined) throw new Violation(`verify: ${first.subject}: ${first.what} (${damage.length} in all)`);
}

/** No repository under a key without what opens it, unless that went with the key. */
export async function requireSlots(dataFolder: string): Promise<void> {
  const database = openSqliteToRead(databaseFile(dataFolder));
  try {
    const tables = database.tables<RepositoryTables & SlotTables & KeyRowTables & LayerTables>();
    const without = await tables
      .selectFrom('repository')
      .leftJoin('kms_repository_key', 'kms_repository_key.slot_id', 'repository.key_slot')
      .select(['repository.name', 'repository.kms_key'])
      .where('repository.encryption_type', '!=', 'AES256')
      .where('kms_repository_key.slot_id', 'is', null)
      .execute();
    const keys = await tables.selectFrom('kms_key').select('key_id').execute();
    for (const { name, kms_key } of without) {
      const isThere = keys.some(({ key_id }) => kms_key?.endsWith(`/${key_id}`));
      if (isThere) throw new Violation(`${name} has lost what opens it, and ${kms_key} is there`);
    }
  } finally {
    await database.close();
  }
}
