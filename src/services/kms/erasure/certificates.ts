// The certificates that a site has issued and those that are still to come, for whoever may see them.

import type { DeletionCertificateLine, DeletionCertificates } from '#core/ports/deletion-certificates.ts';
import type { Database } from '#stores/sql/database.ts';
import { findClearing } from '../clearing/tables.ts';
import { type ErasureRow, type ErasureTables, findErasure, listErasures } from './tables.ts';
import { cursorOf, readPart } from './write-list.ts';

/** Needs no key: what it shows lies in the database as it is. */
export function openCertificates(database: Pick<Database, 'tables'>): DeletionCertificates {
  const tables = database.tables<ErasureTables>();
  const cleared = async () => (await findClearing(tables)).done;
  return {
    async list(registry, after, limit) {
      const rows = await listErasures(tables, registry, after, limit);
      const done = await cleared();
      return rows.map((row) => lineOf(row, done));
    },
    async find(certificateId) {
      const row = await findErasure(tables, certificateId);
      return row && { ...lineOf(row, await cleared()), envelope: row.envelope ?? undefined };
    },
    async listPart(certificateId, part) {
      const row = await findErasure(tables, certificateId);
      const lines = await readPart(database, certificateId, part);
      if (row === undefined || lines === undefined) return undefined;
      return { lines: lines.toString('latin1'), isLast: part === cursorOf(row).parts - 1 };
    },
  };
}

function lineOf(row: ErasureRow, cleared: number): DeletionCertificateLine {
  return {
    certificateId: row.erasure_id,
    accountId: row.account_id,
    region: row.region,
    keyArn: row.key_arn,
    executedAtMs: row.executed_at_ms,
    issuedAtMs: row.issued_at_ms ?? undefined,
    waitsFor: row.issued_at_ms === null ? waitsFor(row, cleared) : undefined,
  };
}

function waitsFor(row: ErasureRow, cleared: number): DeletionCertificateLine['waitsFor'] {
  if (cleared < row.clearing) return 'storage';
  if (row.place === null) return 'record';
  return cursorOf(row).isWhole ? 'signature' : 'list';
}
