// An audit sink in memory that fails when a test says so, and the log it holds as verification reads it.

import type { AuditSink } from '#core/ports/audit-sink.ts';
import type { AuditLogFile } from '../verify.ts';

export interface MemorySink extends AuditSink {
  /** What was appended, one entry an append. */
  readonly batches: string[];
  /** Appends reject while this is set. */
  failure: Error | undefined;
  /** Appends wait for this when it is set. */
  gate: Promise<void> | undefined;
}

export function memorySink(): MemorySink {
  const sink: MemorySink = {
    batches: [],
    failure: undefined,
    gate: undefined,
    async append(batch) {
      await sink.gate;
      if (sink.failure !== undefined) throw sink.failure;
      sink.batches.push(Buffer.from(batch).toString());
    },
  };
  return sink;
}

/** Files with the given lines, as `verifyAuditLog` takes them. A line is given with its line feed. */
export async function* logFiles(...files: ReadonlyArray<readonly (string | Buffer)[]>): AsyncIterable<AuditLogFile> {
  for (const [index, lines] of files.entries()) yield { name: `file-${index + 1}`, lines: bytesOf(lines) };
}

/** The lines of a text, each with its line feed where it has one. */
export function linesOf(text: string): readonly string[] {
  return text.split(/(?<=\n)/).filter((line) => line !== '');
}

async function* bytesOf(lines: readonly (string | Buffer)[]): AsyncIterable<Buffer> {
  for (const line of lines) yield Buffer.from(line);
}
