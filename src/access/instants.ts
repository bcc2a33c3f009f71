// Instants as policies write them: ISO 8601 in the W3C's profile, or seconds since 1970.

const iso =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))?)?)?)?$/;
const epochSeconds = /^-?\d{1,12}(\.\d{1,9})?$/;

/** Epoch milliseconds; undefined when it is neither form. Four digits are a year; without an offset it is UTC. */
export function parseInstant(text: string): number | undefined {
  const parts = iso.exec(text);
  if (parts === null) return epochSeconds.test(text) ? Number(text) * 1000 : undefined;
  const number = (index: number, absent: number): number => Number(parts[index] ?? absent);
  const [year, month, day] = [number(1, 0), number(2, 1), number(3, 1)];
  const [hour, minute, second] = [number(4, 0), number(5, 0), number(6, 0)];
  const [offsetHours, offsetMinutes] = [number(9, 0), number(10, 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offsetMs = (offsetHours * 60 + offsetMinutes) * 60_000 * (parts[8] === '-' ? -1 : 1);
  const fractionMs = Number(`0.${parts[7] ?? 0}`) * 1000;
  return midnightMs(year, month, day) + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs - offsetMs;
}

function daysIn(year: number, month: number): number {
  return new Date(midnightMs(year, month + 1, 0)).getUTCDate();
}

/** Date.UTC takes years below 100 for the twentieth century, so the year is set by itself. */
function midnightMs(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day);
}
