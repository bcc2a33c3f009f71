// Refuses a root key under a KMS key of this very site: it would be needed to open itself.

import { findKeyRow, type KeyRowTables } from '#services/kms/keys/tables.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import type { Database } from '#stores/sql/database.ts';

/** A ring of two sites, each under a key of the other, is not found: docs/recipes/root-key-in-another-kms.md warns. */
export async function refuseOwnKey(database: Database, { provider, fields }: RootRecord): Promise<void> {
  if (provider !== 'aws-kms') return;
  const [, region, accountId, keyId] = /^arn:[^:]+:kms:([^:]+):(\d{12}):key\/(.+)$/.exec(fields.get('key') ?? '') ?? [];
  if (region === undefined || keyId === undefined) return;
  const row = await findKeyRow(database.tables<KeyRowTables>(), region, keyId);
  if (row?.account_id !== accountId) return;
  throw new Error(
    `The key ${keyId} is one of this very site, which would need it to open itself: name one of another KMS.`,
  );
}
