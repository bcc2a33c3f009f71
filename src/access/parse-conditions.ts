// Checks a Condition element: operators that IAM knows, keys that are keys, values that fit the operator.

import { readOperator } from './operators.ts';
import type { ParsedCondition } from './policy.ts';
import { type JsonMember, type JsonMembers, JsonSyntaxError } from './positioned-json.ts';
import { requireObject, scalars } from './read-members.ts';
import { shorten } from './shorten.ts';
import { valueProblem } from './value-syntax.ts';

/** All of them must hold. Throws JsonSyntaxError. */
export function readConditions(member: JsonMember | undefined, variables: boolean): readonly ParsedCondition[] {
  if (member === undefined) return [];
  const conditions: ParsedCondition[] = [];
  for (const [name, byKey] of requireObject(member.value, 'Condition').members) {
    const use = readOperator(name);
    if (use === undefined) throw new JsonSyntaxError(`${shorten(name)} is no condition operator`, byKey.name.start);
    const keys = requireObject(byKey.value, name);
    requireKeys(keys);
    for (const [key, values] of keys.members) {
      const { operator, quantifier, ifExists } = use;
      const list = scalars(values.value, key);
      for (const { text, start } of list) {
        const problem = valueProblem(operator, text, variables);
        if (problem !== undefined) throw new JsonSyntaxError(problem, start);
      }
      conditions.push({ operator: operator.name, quantifier, ifExists, key, values: list.map(({ text }) => text) });
    }
  }
  return conditions;
}

/** `service:name`; the name may be a tag key and hold blanks. Keys compare without case, so duplicates do too. */
function requireKeys(keys: JsonMembers): void {
  const seen = new Set<string>();
  for (const [key, { name }] of keys.members) {
    if (!/^[^\s:]+:./.test(key)) throw new JsonSyntaxError(`${shorten(key)} is no condition key`, name.start);
    const folded = key.toLowerCase();
    if (seen.has(folded)) {
      throw new JsonSyntaxError(`The condition key ${shorten(key)} appears twice, but for its case`, name.start);
    }
    seen.add(folded);
  }
}
