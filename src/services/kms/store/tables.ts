// All tables of the keys' API together, each described in its own folder's tables.ts, and the steps that made them.

import type { Kysely, Transaction } from 'kysely';
import type { Migration } from '#stores/sql/database.ts';
import { type AliasTables, keyAliasMigration } from '../aliases/tables.ts';
import { clearingMigration } from '../clearing/tables.ts';
import { type SigningKeyTables, signingKeyMigration } from '../erasure/signing-keys/tables.ts';
import { type ErasureTables, erasureMigration } from '../erasure/tables.ts';
import { type GrantTables, grantMigration } from '../grants/tables.ts';
import { type DeletionRequestTables, deletionRequestMigration } from '../keys/deletion-requests/tables.ts';
import { type KeyRowTables, keyMigration } from '../keys/tables.ts';
import { type ImportTables, importMigration } from '../material/imports/tables.ts';
import { type MaterialTables, materialMigration } from '../material/tables.ts';
import { slotMigration } from '../repository-keys/tables.ts';
import type { RootKeyTables } from '../root/tables.ts';
import { type KeyTagTables, keyTagMigration } from '../tags/tables.ts';
import { type KeyUsageTables, keyUsageMigration } from '../usage/tables.ts';

export interface KmsTables
  extends KeyRowTables,
    MaterialTables,
    ImportTables,
    AliasTables,
    KeyTagTables,
    KeyUsageTables,
    GrantTables,
    DeletionRequestTables,
    ErasureTables,
    SigningKeyTables,
    RootKeyTables {}

export type KmsTransaction = Transaction<KmsTables>;
export type KmsQueries = Kysely<KmsTables> | KmsTransaction;

export const keyMigrations: readonly Migration[] = [
  keyMigration,
  materialMigration,
  keyAliasMigration,
  keyTagMigration,
  keyUsageMigration,
  slotMigration,
  importMigration,
  grantMigration,
  clearingMigration,
  erasureMigration,
  deletionRequestMigration,
  signingKeyMigration,
];
