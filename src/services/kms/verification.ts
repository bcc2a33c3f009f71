// Every key domain and all key material: it opens under the root key.

import type { Findings } from '#core/findings.ts';
import { systemRandom } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { openDomainKeys } from './domain-keys.ts';
import { listAllMaterial, type MaterialRow, type MaterialTables } from './material/tables.ts';
import { openMaterialWrapping } from './material/wrapping.ts';
import type { RootKeys } from './root/root-keys.ts';
import { type KeyTables, listDomains } from './tables.ts';

const remedy = 'Put the right root key back, or restore the database from a backup: without it nothing can be read.';

export async function verifyKeys(database: Database, roots: RootKeys, findings: Findings): Promise<void> {
  await verifyDomains(database, roots, findings);
  await verifyMaterial(database, roots, findings);
}

const batchRows = 200;

async function verifyMaterial(database: Database, roots: RootKeys, findings: Findings): Promise<void> {
  const wrapping = openMaterialWrapping(roots, systemRandom);
  const tables = database.tables<MaterialTables>();
  for (let last: MaterialRow | undefined; ; ) {
    const rows = await listAllMaterial(tables, last, batchRows);
    for (const row of rows) {
      findings.count('key materials');
      try {
        wrapping.unwrap(row).fill(0);
      } catch (error) {
        const subject = `KMS key ${row.key_id} (${row.account_id}/${row.region})`;
        findings.damage({ subject, what: (error as Error).message, remedy });
      }
    }
    last = rows.at(-1);
    if (last === undefined) return;
  }
}

async function verifyDomains(database: Database, roots: RootKeys, findings: Findings): Promise<void> {
  const keys = openDomainKeys(roots, systemRandom);
  for (const row of await listDomains(database.tables<KeyTables>())) {
    findings.count('key domains');
    try {
      keys.unwrap(row).bytes.fill(0);
    } catch (error) {
      const subject = `key domain ${row.domain_id} (${row.account_id}/${row.region})`;
      findings.damage({ subject, what: `its key does not open: ${(error as Error).message}`, remedy });
    }
  }
}
