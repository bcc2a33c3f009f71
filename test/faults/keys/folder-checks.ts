// What is looked at in the data folder itself, beside the server: that nothing is damaged, and that slots are complete.

import { loadConfig } from '../../../src/config/load.ts';
import type { ReencryptionTables } from '../../../src/registry/reencryption/tables.ts';
import type { ErasureTables } from '../../../src/services/kms/erasure/tables.ts';
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

/** No repository under a key without what opens it, unless that went with the key; of one that is moved, for both. */
export async function requireSlots(dataFolder: string): Promise<void> {
  const database = openSqliteToRead(databaseFile(dataFolder));
  try {
    const tables = database.tables<ReencryptionTables & SlotTables & KeyRowTables>();
    const slots = await tables.selectFrom('kms_repository_key').select('slot_id').execute();
    const keys = await tables.selectFrom('kms_key').select('key_id').execute();
    const moves = await tables.selectFrom('repository_reencryption').selectAll().execute();
    const repositories = await tables.selectFrom('repository').selectAll().execute();
    const known = new Set(slots.map(({ slot_id }) => slot_id));
    const living = new Set(keys.map(({ key_id }) => key_id));
    /** Each slot that a move has made, and its key. */
    const keyOfSlot = new Map(moves.map(({ to_slot, to_key }) => [to_slot, to_key]));
    for (const { name, key_slot, other_slot, kms_key } of repositories) {
      for (const slot of [key_slot, other_slot]) {
        if (slot === null || known.has(slot)) continue;
        // One that no move has made is the repository's first, and no move has ended.
        const key = keyOfSlot.get(slot) ?? kms_key;
        const isThere = living.has(key?.slice(key.lastIndexOf('/') + 1) ?? '');
        if (isThere) throw new Violation(`${name} has lost what opens it, and ${key} is there`);
      }
    }
  } finally {
    await database.close();
  }
}

/** Each of these keys, which are gone, went once and is owed a certificate or has it; no key that is there has one. */
export async function requireErasures(dataFolder: string, goneKeyIds: readonly string[]): Promise<void> {
  const database = openSqliteToRead(databaseFile(dataFolder));
  try {
    const tables = database.tables<ErasureTables & KeyRowTables>();
    const rows = await tables.selectFrom('kms_erasure').select(['key_id', 'region']).execute();
    const keys = await tables.selectFrom('kms_key').select(['key_id', 'region']).execute();
    const erased = rows.map(({ key_id, region }) => `${region} ${key_id}`);
    const there = new Set(keys.map(({ key_id, region }) => `${region} ${key_id}`));
    const [twice] = erased.filter((one, index) => erased.indexOf(one) < index);
    if (twice !== undefined) throw new Violation(`the key ${twice} has two certificates`);
    const [living] = erased.filter((one) => there.has(one));
    if (living !== undefined) throw new Violation(`the key ${living} is there and has a certificate of its deletion`);
    const known = new Set(rows.map(({ key_id }) => key_id));
    const [untold] = goneKeyIds.filter((keyId) => !known.has(keyId));
    if (untold !== undefined) throw new Violation(`the key ${untold} is gone and is owed no certificate`);
  } finally {
    await database.close();
  }
}
