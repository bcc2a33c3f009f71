// Records as they are read: lines of the log in, records out, their documents opened.

import { isDocument } from './members.ts';
import { isSealed, openDocument } from './sealed-documents.ts';

export type AuditRecord = Readonly<Record<string, unknown>>;

export interface OpenedRecord {
  readonly record: AuditRecord;
  /** Where in the record a sealed document did not open: it was changed, or is another record's. */
  readonly unopened: readonly string[];
}

/** Undefined for a line that is whole and no record: an intent or a seal. Throws SyntaxError for what is no JSON. */
export function openRecord(line: Buffer, key: Buffer): OpenedRecord | undefined {
  const record: unknown = JSON.parse(line.toString());
  if (typeof record !== 'object' || record === null || !('eventVersion' in record)) return undefined;
  const unopened: string[] = [];
  const members: Record<string, unknown> = { ...record };
  const ids = [textOf(members['requestID']), textOf(members['eventID'])];
  const opened = (names: readonly string[], sealed: string): unknown => {
    const json = openDocument(key, [...ids, ...names], sealed);
    if (json !== undefined) return JSON.parse(json);
    unopened.push(names.join('.'));
    return sealed;
  };
  const { errorMessage } = members;
  if (typeof errorMessage === 'string' && isSealed(errorMessage)) {
    members['errorMessage'] = opened(['errorMessage'], errorMessage);
  }
  for (const name of ['requestParameters', 'responseElements', 'additionalEventData']) {
    openBelow(members[name], [name], opened);
  }
  return { record: members, unopened };
}

/** In place: what was parsed is ours. */
function openBelow(
  value: unknown,
  names: readonly string[],
  opened: (names: readonly string[], sealed: string) => unknown,
) {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    const place = [...names, name];
    if (isDocument(name, member) && typeof member === 'string' && isSealed(member)) {
      Object.assign(value, { [name]: opened(place, member) });
    } else openBelow(member, place, opened);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
