// Executed deletions on their way to a certificate: each step is durable, and a kill is gone on from by the next run.

import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { CertificateKey } from '#core/ports/deletion-certificates.ts';
import type { Random } from '#core/random.ts';
import { signEnvelope } from '#std/dsse.ts';
import type { Database } from '#stores/sql/database.ts';
import { clearDestroyed } from '../clearing/clearing.ts';
import { type ClearingTables, findClearing } from '../clearing/tables.ts';
import { certificateType, publicKeyPem } from './certificate.ts';
import type { AuditPlace } from './certificate-form.ts';
import { certificateOf } from './make-certificate.ts';
import { openSigningKey, type SigningKey } from './signing-key.ts';
import {
  deleteErasedRepositories,
  type ErasureRow,
  type ErasureTables,
  findErasure,
  listPendingErasures,
  updateErasure,
} from './tables.ts';
import { cursorOf, readWholeList, writePart } from './write-list.ts';

export interface ErasuresOptions {
  readonly database: Database;
  readonly siteId: string;
  /** 32 bytes, derived from the site key for `certificatePurpose`. */
  readonly secret: Buffer;
  readonly clock: Clock;
  readonly random: Random;
}

export interface Erasures {
  /** Those without a certificate, after one of them. */
  pending(after: string, limit: number): Promise<readonly ErasureRow[]>;
  /** Where the record of the deletion stands; once told it stays. */
  notePlace(certificateId: string, place: AuditPlace): Promise<void>;
  /** True once no file of the database holds what was destroyed. */
  clear(signal: AbortSignal): Promise<boolean>;
  /** The list of what the key had guarded, until it is whole or the signal comes; whether it is whole. */
  writeList(row: ErasureRow, signal: AbortSignal): Promise<boolean>;
  /** The certificate's text, durable. The record has its place, the files are cleared and the list is whole. */
  issue(certificateId: string): Promise<string>;
  /** What certificates are verified with. */
  certificateKey(): Promise<CertificateKey>;
}

export function openErasures(options: ErasuresOptions): Erasures {
  const { database } = options;
  const tables = database.tables<ErasureTables>();
  const change = (id: string, changes: Parameters<typeof updateErasure>[2]) =>
    database.transact<ErasureTables, void>((transaction) => updateErasure(transaction, id, changes));
  const signingKey = () => openSigningKey(options);
  return {
    async certificateKey() {
      const { keyId, publicKey } = await signingKey();
      return { keyId, publicKey: publicKeyPem(publicKey) };
    },
    pending: (after, limit) => listPendingErasures(tables, after, limit),
    notePlace: (id, place) => change(id, { place: JSON.stringify(place) }),
    clear: (signal) => clearDestroyed(options, signal),
    async writeList(row, signal) {
      let cursor = cursorOf(row);
      while (!cursor.isWhole) {
        if (signal.aborted) return false;
        cursor = await writePart(database, { ...row, listed: JSON.stringify(cursor) });
      }
      return true;
    },
    issue: (certificateId) => issue(options, certificateId, signingKey),
  };
}

/** What seals the private half of the signing key is derived for. */
export const certificatePurpose = 'certificate-signing';

async function issue(
  { database, siteId, clock }: ErasuresOptions,
  certificateId: string,
  signingKey: () => Promise<SigningKey>,
): Promise<string> {
  const row = await findErasure(database.tables<ErasureTables>(), certificateId);
  const { done, done_at_ms } = await findClearing(database.tables<ClearingTables>());
  if (row === undefined || row.place === null || !cursorOf(row).isWhole || done < row.clearing) {
    throw new Error(`the certificate ${certificateId} cannot be issued yet`);
  }
  const list = await readWholeList(database, certificateId, limits.certificateListBytesMax);
  if (list.fault !== undefined) throw new Error(`the list of ${certificateId} is damaged: ${list.fault}`);
  const signer = await signingKey();
  const issuedAtMs = clock.nowMs();
  const clearedAtMs = done_at_ms ?? issuedAtMs;
  const certificate = certificateOf(row, { siteId, list, clearedAtMs, issuedAtMs, signer });
  const envelope = signEnvelope(certificateType, Buffer.from(JSON.stringify(certificate)), signer);
  await database.transact<ErasureTables, void>(async (transaction) => {
    await updateErasure(transaction, certificateId, { envelope, issued_at_ms: issuedAtMs });
    await deleteErasedRepositories(transaction, certificateId);
  });
  return envelope;
}
