// A key's row as it is now, inside the transaction that changes it.

import { DomainError } from '#core/errors.ts';
import type { KmsQueries } from '../store/tables.ts';
import type { KmsKey } from './key.ts';
import { findKeyRow, type KeyRow } from './tables.ts';

/** Throws kms-key-not-found for a key that was deleted meanwhile. */
export async function requireRow(tables: KmsQueries, key: KmsKey): Promise<KeyRow> {
  const row = await findKeyRow(tables, key.region, key.keyId);
  if (row !== undefined) return row;
  throw new DomainError('kms-key-not-found', `Key '${key.arn}' does not exist`, {});
}
