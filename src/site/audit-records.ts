// The audit records of a data folder as people and other systems read them: of every chain, by time, documents opened.
// May run beside a server.

import { type AuditRecord, openRecord } from '#audit/open-records.ts';
import type { AuditQuery, Moment, ReadRecord } from '#cli/commands.ts';
import type { Clock } from '#core/clock.ts';
import { type AuditChain, auditChains } from '#services/cloudtrail/audit-chains.ts';
import { readAuditFiles } from '#services/cloudtrail/audit-folder.ts';
import type { SiteKey } from '#services/kms/root/site-key.ts';
import { documentKeyOf } from './open-audit-log.ts';

type Records = AsyncGenerator<ReadRecord, void, undefined>;

interface Wanted extends Pick<AuditQuery, 'events' | 'requestId'> {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What was written last is written within this time of its `eventTime`, unless the clock was set. */
const lateMs = 3600_000;

/** Holds one record of each chain in memory. Whether the chains hold, `auditVerdict` says. */
export async function* readAuditRecords(
  dataFolder: string,
  siteKey: SiteKey,
  query: AuditQuery,
  clock: Clock,
): Records {
  const key = documentKeyOf(siteKey);
  const msOf = (moment: Moment) => ('atMs' in moment ? moment.atMs : clock.nowMs() - moment.agoMs);
  const wanted: Wanted = {
    ...query,
    sinceMs: query.since === undefined ? Number.NEGATIVE_INFINITY : msOf(query.since),
    untilMs: query.until === undefined ? Number.POSITIVE_INFINITY : msOf(query.until),
  };
  const readers: Reader[] = [];
  try {
    for (const chain of await auditChains(dataFolder)) {
      const lines = readChain(chain, key, wanted);
      readers.push({ lines, next: await nextOf(lines) });
    }
    for (let reader = earliest(readers); reader?.next !== undefined; reader = earliest(readers)) {
      yield reader.next;
      reader.next = await nextOf(reader.lines);
    }
  } finally {
    for (const { lines } of readers) await lines.return();
    key.fill(0);
  }
}

interface Reader {
  readonly lines: Records;
  /** Undefined at its end. */
  next: ReadRecord | undefined;
}

async function nextOf(lines: Records): Promise<ReadRecord | undefined> {
  const { done, value } = await lines.next();
  return done === true ? undefined : value;
}

/** Whose next one is the oldest: each chain has its own in the order in which they happened. */
function earliest(readers: readonly Reader[]): Reader | undefined {
  let first: Reader | undefined;
  for (const reader of readers) {
    if (reader.next === undefined) continue;
    if (first?.next === undefined || timeOf(reader.next) < timeOf(first.next)) first = reader;
  }
  return first;
}

async function* readChain({ directory, prefix }: AuditChain, key: Buffer, wanted: Wanted): Records {
  for await (const { name, lines, changedAtMs } of readAuditFiles(directory)) {
    // Files of before are not even opened.
    if ((changedAtMs ?? Number.POSITIVE_INFINITY) + lateMs < wanted.sinceMs) continue;
    let line = 0;
    for await (const bytes of lines) {
      line += 1;
      const read = readLine(bytes, key);
      // The last line of a log that is being written may be half of one.
      if (read === undefined || (read.problem !== undefined && bytes.at(-1) !== lineFeed)) continue;
      const problem = read.problem === undefined ? {} : { problem: `${prefix}${name}:${line}: ${read.problem}` };
      if (read.record === undefined || matches(read.record, wanted)) yield { ...read, ...problem };
    }
  }
}

const lineFeed = 10;

function readLine(bytes: Buffer, key: Buffer): ReadRecord | undefined {
  try {
    const opened = openRecord(bytes, key);
    if (opened === undefined) return undefined;
    const { record, unopened } = opened;
    return unopened.length === 0 ? { record } : { record, problem: `${unopened.join(', ')} does not open` };
  } catch {
    return { problem: 'this line is no record' };
  }
}

function matches(record: AuditRecord, { sinceMs, untilMs, events, requestId }: Wanted): boolean {
  const { eventName, requestID, eventTime } = record;
  if (requestId !== undefined && requestID !== requestId) return false;
  if (events.length > 0 && !events.includes(String(eventName))) return false;
  const atMs = Date.parse(String(eventTime));
  // A record without a time is one of every time.
  return !(atMs < sinceMs) && !(atMs >= untilMs);
}

function timeOf({ record }: ReadRecord): string {
  const at = record?.['eventTime'];
  return typeof at === 'string' ? at : '';
}
