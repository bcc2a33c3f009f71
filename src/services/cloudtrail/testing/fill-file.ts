// Runs in a child process whose files may not grow far: fails a batch half way, appends another, verifies the log.

import { chainStart, headAt } from '#audit/chain.ts';
import { sealBatch } from '#audit/testing/seal-batch.ts';
import { verifyAuditLog } from '#audit/verify.ts';
import { systemClock } from '#core/clock.ts';
import { readAuditAnchor } from '../audit-anchor.ts';
import { openAuditFiles } from '../audit-files.ts';
import { readAuditFiles } from '../audit-folder.ts';

const directory = process.argv[2] ?? '';
const macKey = Buffer.alloc(32, 7);
const files = await openAuditFiles({ directory, clock: systemClock, headAt, freeSpaceBytesMin: 0 });
let refused: unknown;
for (const text of ['a', 'x'.repeat(8000), 'b']) {
  const sealed = sealBatch([`{"requestID":"${text}"}\n`], files.head() ?? chainStart, macKey);
  await files.append(sealed.bytes, sealed.head).catch((error: NodeJS.ErrnoException) => {
    refused = error.code;
  });
}
await files.close();
const { problems, records } = await verifyAuditLog(readAuditFiles(directory), macKey, await readAuditAnchor(directory));
process.stdout.write(JSON.stringify({ refused, problems, records }));
