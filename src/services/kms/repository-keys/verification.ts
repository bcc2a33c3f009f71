// Verification of what customers' keys guard: every slot opens, and which domains cannot be looked into now, and why.

import { parseArn } from '#core/arn.ts';
import type { Findings } from '#core/findings.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { systemRandom } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { decrypt, readHeader } from '../cryptography/ciphertext.ts';
import { findKeyRow, type KeyRowTables } from '../keys/tables.ts';
import { findMaterial, type MaterialTables } from '../material/tables.ts';
import { openMaterialWrapping } from '../material/wrapping.ts';
import type { RootKeys } from '../root/root-keys.ts';
import { guardOf } from './domain-kind.ts';
import type { OpenedDomains } from './opened-domains.ts';
import { openDomainKeyOnce, slotContext } from './slot.ts';
import { listSlotsAfter, listSlotsOfDomain, type SlotRow, type SlotTables } from './tables.ts';

type Tables = SlotTables & KeyRowTables & MaterialTables;

export interface DomainVerification {
  /** Notes what cannot be used; a slot that was changed is damage. */
  verifySlots(findings: Findings): Promise<void>;
  /** Why nothing of the domain can be opened; undefined once it is open, or needs no customer's key. */
  lockedBecause(domain: KeyDomainId): Promise<string | undefined>;
}

interface Looked {
  readonly key?: Buffer;
  /** Why it cannot be used, which is no damage. */
  readonly unusable?: string;
}

const batchRows = 200;
const slotsTriedMax = 8;
const openMs = 24 * 3600 * 1000;
const remedy = 'Restore the database from a backup: without it nothing in the repository can be read.';

/**
 * With the site's own rights, whatever policies and grants say: nothing is shown of what is read. A key that its owner
 * switched off is respected.
 */
export function openDomainVerification(database: Database, roots: RootKeys, opened: OpenedDomains): DomainVerification {
  const tables = database.tables<Tables>();
  const wrapping = openMaterialWrapping(roots, systemRandom);

  /** Throws what makes it damage. */
  async function look(row: SlotRow): Promise<Looked> {
    const { region = '', resource = '' } = parseArn(row.key_arn) ?? {};
    const keyId = resource.slice('key/'.length);
    const key = await findKeyRow(tables, region, keyId);
    if (key === undefined) return { unusable: `${row.key_arn} was deleted: what it guards is gone for good` };
    if (key.state !== 'Enabled') return { unusable: `${row.key_arn} is ${key.state}` };
    const { materialId, keyId: named } = readHeader(row.data_key);
    if (named !== keyId) throw new Error(`its data key was made by another key, ${named}`);
    const material = await findMaterial(tables, region, keyId, materialId);
    if (material === undefined) {
      const what = `${row.key_arn} has no key material ${materialId}`;
      // Only imported material can go while its key stays.
      if (key.origin === 'EXTERNAL') return { unusable: what };
      throw new Error(what);
    }
    const bytes = wrapping.unwrap(material);
    try {
      const dataKey = decrypt({ materialId, bytes }, row.data_key, slotContext(row));
      return { key: openDomainKeyOnce(row, dataKey) };
    } finally {
      bytes.fill(0);
    }
  }

  return {
    async verifySlots(findings) {
      for (let last: SlotRow | undefined; ; ) {
        const rows = await listSlotsAfter(tables, last?.slot_id ?? '', batchRows);
        for (const row of rows) {
          findings.count('repository keys');
          const subject = `the key of ${row.repository_arn}`;
          try {
            const { key, unusable } = await look(row);
            key?.fill(0);
            if (unusable !== undefined) findings.note(`${subject} cannot be used: ${unusable}`);
          } catch (error) {
            const why = (error as Error).message || 'it is not what KMS made';
            findings.damage({ subject, what: `it does not open: ${why}`, remedy });
          }
        }
        last = rows.at(-1);
        if (last === undefined) return;
      }
    },
    async lockedBecause(domain) {
      if (guardOf(domain) === undefined || opened.has(domain)) return undefined;
      let why = 'no repository has its key any more';
      for (const row of await listSlotsOfDomain(tables, domain, slotsTriedMax)) {
        // A slot that is damaged is told of where slots are verified.
        const { key, unusable } = await look(row).catch(
          (): Looked => ({ unusable: `a key of ${row.key_arn} is damaged` }),
        );
        if (key !== undefined) {
          opened.put(domain, key, openMs);
          return undefined;
        }
        why = unusable ?? why;
      }
      return why;
    },
  };
}
