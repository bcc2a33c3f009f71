// From an executed deletion to its certificate: told in the audit log, cleared out of the files, listed, signed.

import { createHash } from 'node:crypto';
import type { RecordPlace } from '#audit/audit.ts';
import { limits } from '#core/limits.ts';
import type { ErasedKey } from '#services/kms/erasure/erased-key.ts';
import type { Erasures } from '#services/kms/erasure/erasures.ts';
import type { ErasureRow } from '#services/kms/erasure/tables.ts';
import type { Act } from './recorded-act.ts';

export interface ErasureUpkeepOptions {
  readonly erasures: Erasures;
  /** What the audit chain of this process is called. */
  readonly chain: string;
  /** Does something to a key, told in the audit log. */
  readonly act: <Result>(
    key: ErasureRow,
    act: Pick<Act<Result>, 'eventName' | 'run' | 'shown'>,
  ) => Promise<{ readonly result: Result; readonly place: RecordPlace }>;
}

/**
 * Of all that has no certificate yet. First the files, which are cleared of whatever was destroyed, certificate or not;
 * while they cannot be, no certificate is issued. One that fails holds up no other; the first failure is thrown.
 */
export async function finishErasures(options: ErasureUpkeepOptions, signal: AbortSignal): Promise<void> {
  const { erasures } = options;
  if (!(await erasures.clear(signal))) return;
  const failures: unknown[] = [];
  for (let after = ''; ; ) {
    const rows = await erasures.pending(after, limits.keyUpkeepBatch);
    for (const row of rows) {
      if (signal.aborted) return;
      await finish(options, row, signal).catch((error: unknown) => failures.push(error));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < limits.keyUpkeepBatch) break;
    after = last.erasure_id;
  }
  if (failures.length > 0) throw failures[0];
}

async function finish({ erasures, act, chain }: ErasureUpkeepOptions, row: ErasureRow, signal: AbortSignal) {
  const certificateId = row.erasure_id;
  if (row.place === null) {
    // The account's removal took it along, or a kill came between the deletion and its record.
    const { cause, materialIds } = JSON.parse(row.facts) as ErasedKey;
    const { place } = await act(row, {
      eventName: 'DeleteKey',
      run: async () => undefined,
      shown: () => ({ materialIds, isDeleted: true, certificateId, cause }),
    });
    await erasures.notePlace(certificateId, { chain, ...place });
  }
  if (!(await erasures.writeList(row, signal))) return;
  await act(row, {
    eventName: 'IssueDeletionCertificate',
    run: () => erasures.issue(certificateId),
    shown: (envelope) => ({ certificateId, certificateSha256: createHash('sha256').update(envelope).digest('hex') }),
  });
}
