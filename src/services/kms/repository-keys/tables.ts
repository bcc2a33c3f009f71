// The table of what each repository under a customer's key is opened with, and every query on it.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';

export interface SlotRow {
  readonly slot_id: string;
  readonly repository_arn: string;
  /** Of the repository. */
  readonly account_id: string;
  readonly region: string;
  /** `KMS` or `KMS_DSSE`. */
  readonly type: string;
  readonly key_arn: string;
  readonly domain_id: string;
  /** A ciphertext of the KMS key: the slot's own data key. */
  readonly data_key: Uint8Array;
  /** The domain's key under that data key; docs/design/blob-format.md has the bytes. */
  readonly domain_key: Uint8Array;
  /** Ids of the grants that were made for it, separated by spaces. */
  readonly grant_ids: string;
  readonly created_at_ms: number;
}

export interface SlotTables {
  readonly kms_repository_key: SlotRow;
}

/** As long as either of its sealed keys is. */
const slotBytes = 256;

type Queries = Kysely<SlotTables> | Transaction<SlotTables>;

export const slotMigration: Migration = {
  name: '0320-kms-repository-keys',
  async up({ schema }) {
    await schema
      .createTable('kms_repository_key')
      .addColumn('slot_id', 'text', (column) => column.primaryKey())
      .addColumn('repository_arn', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('region', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('key_arn', 'text', (column) => column.notNull())
      .addColumn('domain_id', 'text', (column) => column.notNull())
      .addColumn('data_key', 'blob', (column) => column.notNull())
      .addColumn('domain_key', 'blob', (column) => column.notNull())
      .addColumn('grant_ids', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await schema
      .createIndex('kms_repository_key_scope')
      .on('kms_repository_key')
      .columns(['key_arn', 'account_id', 'type', 'created_at_ms'])
      .execute();
    await schema
      .createIndex('kms_repository_key_domain')
      .on('kms_repository_key')
      .columns(['domain_id', 'slot_id'])
      .execute();
  },
};

export function findSlot(tables: Queries, slotId: string): Promise<SlotRow | undefined> {
  return tables.selectFrom('kms_repository_key').selectAll().where('slot_id', '=', slotId).executeTakeFirst();
}

/** Of one registry, type and key, the newest first. */
export function listSlotsOf(
  tables: Queries,
  { account_id, region, type, key_arn }: Pick<SlotRow, 'account_id' | 'region' | 'type' | 'key_arn'>,
  limit: number,
): Promise<readonly SlotRow[]> {
  return tables
    .selectFrom('kms_repository_key')
    .selectAll()
    .where('key_arn', '=', key_arn)
    .where('account_id', '=', account_id)
    .where('region', '=', region)
    .where('type', '=', type)
    .orderBy('created_at_ms', 'desc')
    .limit(limit)
    .execute();
}

/** At most `limit` after this id, by id. */
export function listSlotsAfter(tables: Queries, id: string, limit: number): Promise<readonly SlotRow[]> {
  return tables
    .selectFrom('kms_repository_key')
    .selectAll()
    .where('slot_id', '>', id)
    .orderBy('slot_id')
    .limit(limit)
    .execute();
}

/** Of one domain, at most `limit`. */
export function listSlotsOfDomain(tables: Queries, domainId: string, limit: number): Promise<readonly SlotRow[]> {
  return tables
    .selectFrom('kms_repository_key')
    .selectAll()
    .where('domain_id', '=', domainId)
    .orderBy('slot_id')
    .limit(limit)
    .execute();
}

export async function insertSlot(tables: Queries, row: SlotRow): Promise<void> {
  await tables.insertInto('kms_repository_key').values(row).execute();
}

/** Of a key that is deleted. Zeros first, in the place of the bytes. */
export async function eraseSlotsOf(tables: Queries, keyArn: string): Promise<void> {
  await tables.updateTable('kms_repository_key').set(erased()).where('key_arn', '=', keyArn).execute();
  await tables.deleteFrom('kms_repository_key').where('key_arn', '=', keyArn).execute();
}

function erased() {
  const nothing = new Uint8Array(slotBytes);
  return { data_key: nothing, domain_key: nothing };
}

/** Which of these domains have a slot still. */
export async function listOpenableDomains(tables: Queries, domains: readonly string[]): Promise<readonly string[]> {
  const rows = await tables
    .selectFrom('kms_repository_key')
    .select('domain_id')
    .distinct()
    .where('domain_id', 'in', [...domains])
    .execute();
  return rows.map(({ domain_id }) => domain_id);
}

/** Of an account, at most `limit`; how many there were. */
export async function deleteSlotsOfAccount(tables: Queries, accountId: string, limit: number): Promise<number> {
  const rows = await tables
    .selectFrom('kms_repository_key')
    .select('slot_id')
    .where('account_id', '=', accountId)
    .limit(limit)
    .execute();
  for (const { slot_id } of rows) await deleteSlot(tables, slot_id);
  return rows.length;
}

export async function deleteSlot(tables: Queries, slotId: string): Promise<void> {
  await tables.updateTable('kms_repository_key').set(erased()).where('slot_id', '=', slotId).execute();
  await tables.deleteFrom('kms_repository_key').where('slot_id', '=', slotId).execute();
}
