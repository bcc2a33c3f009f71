// The two range headers: Range on a download (RFC 9110) and Content-Range on an upload chunk (OCI).

/** Inclusive positions. */
export interface SatisfiableRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a Range header asks of `sizeBytes` bytes: a range, `'whole'` when there is none or it is to be ignored
 * (another unit, several ranges, bad syntax), or `'unsatisfiable'`.
 */
export function readRange(header: string | undefined, sizeBytes: number): SatisfiableRange | 'whole' | 'unsatisfiable' {
  if (header === undefined) return 'whole';
  const match = /^bytes=(\d{0,16})-(\d{0,16})$/.exec(header.trim());
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') return suffixRange(last, sizeBytes);
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < start) return 'whole';
  return start < sizeBytes ? { first: start, last: end } : 'unsatisfiable';
}

function suffixRange(length: string, sizeBytes: number): SatisfiableRange | 'whole' | 'unsatisfiable' {
  if (length === '') return 'whole';
  const count = Math.min(Number(length), sizeBytes);
  return count === 0 ? 'unsatisfiable' : { first: sizeBytes - count, last: sizeBytes - 1 };
}

/**
 * The chunk that a Content-Range of an upload names (`0-99`, also `bytes 0-99/*` as some clients send it);
 * undefined when the header is absent, `'malformed'` when it says nothing that can be meant.
 */
export function readContentRange(header: string | undefined): SatisfiableRange | undefined | 'malformed' {
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?(\d{1,16})-(\d{1,16})(?:\/(?:\d{1,16}|\*))?$/.exec(header.trim());
  if (match === null) return 'malformed';
  const range = { first: Number(match[1]), last: Number(match[2]) };
  return range.last < range.first ? 'malformed' : range;
}
