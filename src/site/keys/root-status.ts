// What can be told of the root key without having it: who keeps it, since when, and what is under which.

import { existsSync } from 'node:fs';
import type { RootKeyStatus } from '#cli/commands.ts';
import { DataFolderError } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { lookAtRecord, rootFiles } from '#services/kms/root/root-files.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import { lookForStandingRoot, type RootKeyTables } from '#services/kms/root/tables.ts';
import { batchesOf } from '#services/kms/root/wrapped-rows.ts';
import { rootIdOf } from '#services/kms/root/wrapping.ts';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';
import { databaseFile } from '../data-files.ts';
import { askServer } from './control.ts';
import { wrappedRows } from './rotate-keys.ts';

export async function rootKeyStatus({ data }: Config): Promise<RootKeyStatus> {
  const files = rootFiles(data);
  const record = await lookAtRecord(files.root);
  if (record === undefined) throw new DataFolderError(`There is no root key in ${data}: the first start makes one.`);
  const next = await lookAtRecord(files.next);
  const answer = await askServer(data, { ask: 'status' });
  const server = answer === undefined ? 'not running' : (answer.sealed ?? 'open');
  const { id, provider } = record;
  const found = await inDatabase(databaseFile(data));
  return { id, provider, place: placeOf(record), nextId: next?.id, server, ...found };
}

function placeOf({ provider, fields }: RootRecord): string | undefined {
  if (provider === 'aws-kms') return fields.get('key');
  return provider === 'pkcs11' ? `key ${fields.get('key')} of token ${fields.get('token')}` : undefined;
}

async function inDatabase(file: string): Promise<Pick<RootKeyStatus, 'since' | 'wrapped'>> {
  if (!existsSync(file)) return { since: undefined, wrapped: [] };
  const database = openSqliteToRead(file);
  try {
    const standing = await lookForStandingRoot(database.tables<RootKeyTables>());
    const wrapped: Array<RootKeyStatus['wrapped'][number]> = [];
    for (const rows of wrappedRows) {
      const counts = new Map<string, number>();
      for await (const batch of batchesOf(rows, database)) {
        for (const row of batch) {
          const rootId = rootIdOf(row.wrapped) ?? 'an unknown root';
          counts.set(rootId, (counts.get(rootId) ?? 0) + 1);
        }
      }
      for (const [rootId, count] of counts) wrapped.push({ what: rows.what, rootId, count });
    }
    return { since: standing && new Date(standing.since_ms).toISOString(), wrapped };
  } finally {
    await database.close();
  }
}
