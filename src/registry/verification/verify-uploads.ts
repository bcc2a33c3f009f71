// Every open upload: its parts are there and as long as its row says.

import { settled } from '#core/findings.ts';
import { remedies } from './remedies.ts';
import { findUploadRow, partsOfUpload, walkUploads } from './tables.ts';
import { tablesOf, type VerificationOptions, walk, walkRowsMax } from './verification.ts';
import { lookAtObject } from './verify-blobs.ts';

export async function verifyUploads(options: VerificationOptions): Promise<void> {
  const tables = tablesOf(options);
  await walk<string>(
    (after = '') => walkUploads(tables, after, walkRowsMax),
    async (uploadId) => {
      const { findings } = options;
      findings.count('uploads');
      findings.note(`upload ${uploadId} is half made: its client may go on with it, else it expires by itself`);
      for (const what of await settled(() => lookAtUpload(options, uploadId))) {
        findings.damage({ subject: `upload ${uploadId}`, what, remedy: remedies.wait });
      }
    },
  );
}

async function lookAtUpload(options: VerificationOptions, uploadId: string): Promise<readonly string[]> {
  const tables = tablesOf(options);
  const row = await findUploadRow(tables, uploadId);
  if (row === undefined) return [];
  const parts = await partsOfUpload(tables, uploadId);
  const sumBytes = parts.reduce((sum, part) => sum + part.size_bytes, 0);
  if (sumBytes !== row.received_bytes) return [`its parts have ${sumBytes} bytes, its row says ${row.received_bytes}`];
  for (const part of parts) {
    const what = await lookAtObject(options, part, () => undefined);
    if (what !== undefined) return [what];
  }
  return [];
}
