// Takes JSON values apart as the policy grammar wants them; every error carries the offset of what is wrong.

import { type JsonMembers, JsonSyntaxError, type JsonText, type JsonValue } from './positioned-json.ts';
import { shorten } from './shorten.ts';

/** `what` begins the sentence of the error: `A statement`. */
export function requireObject(value: JsonValue, what: string): JsonMembers {
  if (value.type === 'object') return value;
  throw new JsonSyntaxError(`${what} must be a JSON object`, value.start);
}

/** Refuses members that the grammar does not have, another spelling of a known one included. */
export function requireKnown(value: JsonMembers, known: readonly string[], where: string): void {
  for (const [name, member] of value.members) {
    if (known.includes(name)) continue;
    const meant = known.find((one) => one.toLowerCase() === name.toLowerCase());
    const hint = meant === undefined ? '' : `; write ${meant}`;
    throw new JsonSyntaxError(`${shorten(name)} is no element of ${where}${hint}`, member.name.start);
  }
}

export function optionalText(value: JsonMembers, name: string): JsonText | undefined {
  const member = value.members.get(name);
  if (member === undefined) return undefined;
  if (member.value.type === 'text') return member.value;
  throw new JsonSyntaxError(`${name} must be a string`, member.value.start);
}

/** A single value may stand for a list of one. */
export function oneOrMany(value: JsonValue): readonly JsonValue[] {
  return value.type === 'list' ? value.items : [value];
}

/** At least one string. */
export function texts(value: JsonValue, what: string): readonly JsonText[] {
  const list = oneOrMany(value).map((one) => {
    if (one.type === 'text') return one;
    throw new JsonSyntaxError(`${what} must be a string or a list of strings`, one.start);
  });
  if (list.length === 0) throw new JsonSyntaxError(`${what} must not be empty`, value.start);
  return list;
}

/** Strings, numbers and booleans, as they were written; none at all is allowed. */
export function scalars(
  value: JsonValue,
  what: string,
): ReadonlyArray<{ readonly text: string; readonly start: number }> {
  return oneOrMany(value).map((one) => {
    if (one.type === 'text' || one.type === 'number' || one.type === 'boolean') return one;
    throw new JsonSyntaxError(`The values of ${shorten(what)} must be strings, numbers or booleans`, one.start);
  });
}
