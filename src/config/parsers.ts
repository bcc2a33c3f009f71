// How single values are read. A parser returns the value or throws a ValueError that says what is wanted.

export class ValueError extends Error {}

export type Parser = (value: unknown) => unknown;

/** The one way in which a value is refused. */
export function wanted(what: string): never {
  throw new ValueError(`must be ${what}`);
}

export function text(value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : wanted(what);
}

export function parsePath(value: unknown): string {
  return text(value, 'a path');
}

export function parseBoolean(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : wanted('true or false');
}

export function parseChoice(...choices: readonly string[]): Parser {
  return (value) => (choices.includes(String(value)) ? value : wanted(choices.join(' or ')));
}

/** Seconds in the file, milliseconds inside. */
export function parseSeconds(minMs: number, maxMs: number): Parser {
  return (value) => {
    const ms = typeof value === 'number' ? value * 1000 : Number.NaN;
    if (ms >= minMs && ms <= maxMs) return ms;
    return wanted(`a number of seconds from ${minMs / 1000} to ${maxMs / 1000}`);
  };
}

export function parseBytes(value: unknown): number {
  const good = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1024 * 1024;
  return good ? value : wanted('a whole number of bytes, at least 1048576');
}

export function parseListOf(one: Parser): Parser {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) wanted('a list that is not empty');
    return (value as readonly unknown[]).map(one);
  };
}
