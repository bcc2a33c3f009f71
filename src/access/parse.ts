// Checks a policy document by the grammar of iam.md §1; every error names line and column.

import { limits } from '#core/limits.ts';
import { type Grammar, readStatement } from './parse-statement.ts';
import type { ParsedPolicy, ParsedStatement, PolicyKind, Position } from './policy.ts';
import { JsonSyntaxError, type JsonText, type JsonValue, readPositionedJson } from './positioned-json.ts';
import { positionsOf } from './positions.ts';
import { oneOrMany, optionalText, requireKnown, requireObject } from './read-members.ts';
import { shorten } from './shorten.ts';

/** A document that is no policy of the kind asked for. Line and column count from 1, in UTF-16 units. */
export class PolicySyntaxError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, position: Position) {
    super(message);
    this.name = 'PolicySyntaxError';
    this.line = position.line;
    this.column = position.column;
  }
}

/**
 * The parsed policy. Throws PolicySyntaxError. Linear in the text, whose size is the caller's to check, by
 * `countPolicyChars`.
 */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const positionAt = positionsOf(text);
  try {
    requireCharacters(text);
    return readPolicy(readPositionedJson(text, limits.jsonDepthMax), kind, positionAt);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new PolicySyntaxError(error.message, positionAt(error.offset));
  }
}

/** Characters that count against a policy's quota: all but JSON's white space. */
export function countPolicyChars(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) count += 1;
  }
  return count;
}

/** Tab, line feed, carriage return and U+0020 to U+00FF. */
function requireCharacters(text: string): void {
  const offset = text.search(/[^\t\n\r\u0020-\u00ff]/);
  if (offset >= 0) throw new JsonSyntaxError('The document holds a character that policies may not hold', offset);
}

function readPolicy(value: JsonValue, kind: PolicyKind, positionAt: Grammar['positionAt']): ParsedPolicy {
  const policy = requireObject(value, 'A policy');
  requireKnown(policy, ['Version', 'Id', 'Statement'], 'a policy');
  const version = versionOf(optionalText(policy, 'Version'));
  const id = optionalText(policy, 'Id');
  if (id !== undefined && kind === 'identity') {
    throw new JsonSyntaxError('An identity policy has no element Id', policy.members.get('Id')?.name.start ?? 0);
  }
  const statement = policy.members.get('Statement');
  if (statement === undefined) throw new JsonSyntaxError('A policy needs the element Statement', policy.start);
  const list = oneOrMany(statement.value);
  if (list.length === 0) throw new JsonSyntaxError('Statement must not be empty', statement.value.start);
  const grammar: Grammar = { kind, variables: version === '2012-10-17', positionAt };
  const statements = list.map((one) => readStatement(one, grammar));
  requireDistinctSids(statements, list);
  return { version, id: id?.text, statements };
}

/** A document without Version is of 2008-10-17. */
function versionOf(version: JsonText | undefined): ParsedPolicy['version'] {
  if (version === undefined) return '2008-10-17';
  if (version.text === '2012-10-17' || version.text === '2008-10-17') return version.text;
  throw new JsonSyntaxError('Version must be 2012-10-17 or 2008-10-17', version.start);
}

function requireDistinctSids(statements: readonly ParsedStatement[], list: readonly JsonValue[]): void {
  const seen = new Set<string>();
  for (const [index, { sid }] of statements.entries()) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new JsonSyntaxError(`The Sid ${shorten(sid)} is used twice`, list[index]?.start ?? 0);
    seen.add(sid);
  }
}
