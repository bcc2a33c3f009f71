// The users and roles that a policy names: where they stand in its text, and the text with other names for them.
// Policies are kept by unique id, so that a re-made namesake inherits nothing (iam.md §1).

import { limits } from '#core/limits.ts';
import type { Position } from './policy.ts';
import { type JsonMembers, type JsonText, type JsonValue, readPositionedJson } from './positioned-json.ts';
import { positionsOf } from './positions.ts';
import { oneOrMany } from './read-members.ts';

export interface PrincipalName extends Position {
  /** The ARN of a user, role or role session, or a unique id. */
  readonly name: string;
}

const entity = /^(arn:aws(-[a-z]+)*:iam::\d{12}:(user|role)\/|arn:aws(-[a-z]+)*:sts::\d{12}:assumed-role\/|AIDA|AROA)/;

/** Those that must exist, in the order of the text; accounts and `*` are not among them. `text` is a valid policy. */
export function principalNames(text: string): readonly PrincipalName[] {
  const positionAt = positionsOf(text);
  return entitiesIn(text).map(({ text: name, start }) => ({ name, ...positionAt(start) }));
}

/** The text with the names that `names` has something else for; every other byte stays. `text` is a valid policy. */
export function renamePrincipals(text: string, names: ReadonlyMap<string, string>): string {
  let renamed = '';
  let at = 0;
  for (const { text: name, start, end } of entitiesIn(text)) {
    const other = names.get(name);
    if (other === undefined) continue;
    renamed += text.slice(at, start) + JSON.stringify(other);
    at = end;
  }
  return renamed + text.slice(at);
}

function entitiesIn(text: string): readonly JsonText[] {
  const policy = membersOf(readPositionedJson(text, limits.jsonDepthMax));
  const statements = policy?.get('Statement');
  if (statements === undefined) return [];
  return oneOrMany(statements.value).flatMap((statement) => {
    const principals = membersOf(statement)?.get('Principal') ?? membersOf(statement)?.get('NotPrincipal');
    const named = principals && membersOf(principals.value)?.get('AWS');
    return named === undefined ? [] : oneOrMany(named.value).filter(isEntity);
  });
}

function membersOf(value: JsonValue): JsonMembers['members'] | undefined {
  return value.type === 'object' ? value.members : undefined;
}

function isEntity(value: JsonValue): value is JsonText {
  return value.type === 'text' && entity.test(value.text);
}
