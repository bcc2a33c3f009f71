// How single values are read. A parser returns the value or throws a ValueError that says what is wanted.

import { UnknownMemberError, wanted, within } from './refusals.ts';

export type Parser = (value: unknown) => unknown;

export function text(value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : wanted(what, value);
}

/** A map with no other members than the known ones. */
export function recordOf(value: unknown, what: string, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wanted(what, value);
  const stranger = known && Object.keys(value).find((member) => !known.includes(member));
  if (known !== undefined && stranger !== undefined) throw new UnknownMemberError(stranger, known);
  return value as Record<string, unknown>;
}

export function parsePath(value: unknown): string {
  return text(value, 'a path');
}

export function parseBoolean(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : wanted('true or false', value);
}

export function parseChoice(...choices: readonly string[]): Parser {
  return (value) =>
    typeof value === 'string' && choices.includes(value) ? value : wanted(choices.join(' or '), value);
}

export function parseListOf(one: Parser): Parser {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) return wanted('a list that is not empty', value);
    return (value as readonly unknown[]).map((member, index) => within(`[${index}]`, () => one(member)));
  };
}
