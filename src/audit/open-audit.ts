// The audit that the corridor calls: builds the lines and says how urgent each is.

import { createHash } from 'node:crypto';
import type { Clock } from '#core/clock.ts';
import type { AuditSink, ChainHead } from '#core/ports/audit-sink.ts';
import type { Random } from '#core/random.ts';
import type { Audit } from './audit.ts';
import { GroupCommit, type Urgency } from './group-commit.ts';
import { intentLine, recordLine } from './record.ts';
import type { DocumentSealing } from './sealed-documents.ts';

export interface AuditOptions {
  readonly sink: AuditSink;
  /** At least 32 bytes, derived from the root key for this use alone. */
  readonly macKey: Buffer;
  /** Where the sink's log ends; undefined for a new one. */
  readonly head: ChainHead | undefined;
  readonly clock: Clock;
  readonly random: Random;
  /** How documents stand in the records; in clear when left out. */
  readonly documents?: DocumentSealing;
  /** How long after a failed append the log is tried again although nobody called; a second when left out. */
  readonly retryMs?: number;
}

/** Opens the audit on a log. Throws RangeError for a short key. */
export function openAudit(options: AuditOptions): Audit {
  const { macKey, clock, random, documents } = options;
  if (macKey.length < 32) throw new RangeError('the audit key has at least 32 bytes');
  const journal = new GroupCommit(options);
  const newStamp = () => ({ atMs: clock.nowMs(), eventId: random.uuid(), documents });
  return {
    async intend(call, subject) {
      await journal.add(intentLine(call, subject, clock.nowMs()), 'now');
    },
    record(call, subject, outcome) {
      const stamp = newStamp();
      return journal.add(recordLine(call, subject, outcome, stamp), urgencyOf(subject.kind, outcome.errorCode));
    },
    async recordDone(call, subject, outcome) {
      const stamp = newStamp();
      const line = recordLine(call, subject, outcome, stamp);
      const sequence = await journal.add(line, 'kept');
      if (sequence === undefined) throw new Error('a record that is kept is waited for');
      return { sequence, recordSha256: createHash('sha256').update(line).digest('hex'), eventId: stamp.eventId };
    },
    healthy: () => journal.healthy,
    close: () => journal.close(),
  };
}

/** A refused write changed nothing, so its record may be lost together with its answer; a done one must be told. */
function urgencyOf(kind: 'read' | 'write', errorCode: string | undefined): Urgency {
  if (kind === 'read') return 'later';
  return errorCode === undefined ? 'kept' : 'now';
}
