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

export function parseListOf(one: Parser): Parser {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) wanted('a list that is not empty');
    return (value as readonly unknown[]).map(one);
  };
}
