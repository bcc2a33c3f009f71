// Every key domain: its key opens under the root key.

import type { Findings } from '#core/findings.ts';
import { systemRandom } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { openDomainKeys } from './domain-keys.ts';
import type { RootKeys } from './root/root-keys.ts';
import { type KeyTables, listDomains } from './tables.ts';

const remedy = 'Put the right root key back, or restore the database from a backup: without it nothing can be read.';

export async function verifyKeys(database: Database, roots: RootKeys, findings: Findings): Promise<void> {
  const keys = openDomainKeys(roots, systemRandom);
  for (const row of await listDomains(database.tables<KeyTables>())) {
    findings.count('key domains');
    try {
      keys.unwrap(row);
    } catch (error) {
      const subject = `key domain ${row.domain_id} (${row.account_id}/${row.region})`;
      findings.damage({ subject, what: `its key does not open: ${(error as Error).message}`, remedy });
    }
  }
}
