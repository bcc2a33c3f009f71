// Verification of what proves deletions: the signing key opens, and every certificate is what it signed.

import type { Findings } from '#core/findings.ts';
import type { Database } from '#stores/sql/database.ts';
import { deriveSecret } from '../root/root-key.ts';
import type { SiteKey } from '../root/site-key.ts';
import { openCertificate } from './certificate.ts';
import { certificatePurpose } from './erasures.ts';
import { unsealSigningKey } from './signing-key.ts';
import { findSigningKey, type SigningKeyTables } from './signing-keys/tables.ts';
import { type ErasureTables, listErasures } from './tables.ts';
import { readWholeList } from './write-list.ts';

const remedy = 'Restore the database from a backup; a certificate that was exported before is as good as this one.';
const batchRows = 100;

export async function verifyErasures(database: Database, siteKey: SiteKey, findings: Findings): Promise<void> {
  const row = await findSigningKey(database.tables<SigningKeyTables>());
  // There is none before the first certificate.
  if (row === undefined) return;
  try {
    const { publicKey } = unsealSigningKey(row, deriveSecret(siteKey, certificatePurpose));
    const tables = database.tables<ErasureTables>();
    for (let after = ''; ; ) {
      const rows = await listErasures(tables, undefined, after, batchRows);
      for (const { erasure_id, envelope } of rows) {
        findings.count('deletion certificates');
        if (envelope === null) findings.note(`the deletion certificate ${erasure_id} is not issued yet`);
        else await verifyOne(erasure_id, envelope);
      }
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.erasure_id;
    }

    async function verifyOne(id: string, envelope: string): Promise<void> {
      const subject = `deletion certificate ${id}`;
      try {
        const { list } = openCertificate(Buffer.from(envelope, 'latin1'), publicKey).madeUnreadable;
        const { sha256, bytes } = await readWholeList(database, id, 0);
        if (sha256 === list.sha256 && bytes === list.bytes) return;
        findings.damage({ subject, what: 'its list is not the one that it names', remedy });
      } catch (error) {
        findings.damage({ subject, what: (error as Error).message, remedy });
      }
    }
  } catch (error) {
    findings.damage({ subject: 'the signing key', what: (error as Error).message, remedy });
  }
}
