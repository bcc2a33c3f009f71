// Checks a policy document by the grammar of iam.md §1; every error names line and column.

import { limits } from '#core/limits.ts';
import { requireActionPattern, requirePrincipal, requireResourcePattern } from './elements.ts';
import { readOperator } from './operators.ts';
import type {
  Listed,
  ParsedCondition,
  ParsedPolicy,
  ParsedPrincipal,
  ParsedStatement,
  PolicyKind,
  Position,
} from './policy.ts';
import {
  type JsonMember,
  type JsonMembers,
  JsonSyntaxError,
  type JsonText,
  type JsonValue,
  readPositionedJson,
} from './positioned-json.ts';

/** A document that is no policy of the kind asked for. Line and column count from 1. */
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

/** The parsed policy. Throws PolicySyntaxError. Size is the caller's to check, by `countPolicyChars`. */
export function parsePolicy(text: string, kind: PolicyKind): ParsedPolicy {
  const positionAt = (offset: number) => positionOf(text, offset);
  try {
    requireCharacters(text);
    return readPolicy(readPositionedJson(text, limits.jsonDepthMax), kind, positionAt);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new PolicySyntaxError(error.message, positionAt(error.offset));
  }
}

/** Characters that count against a policy's quota: all but whitespace. */
export function countPolicyChars(text: string): number {
  return text.replace(/\s/g, '').length;
}

/** Tab, line feed, carriage return and U+0020 to U+00FF. */
function requireCharacters(text: string): void {
  const offset = text.search(/[^\t\n\r\u0020-\u00ff]/);
  if (offset >= 0) throw new JsonSyntaxError('The document holds a character that policies may not hold', offset);
}

type PositionAt = (offset: number) => Position;

function readPolicy(value: JsonValue, kind: PolicyKind, positionAt: PositionAt): ParsedPolicy {
  const policy = requireObject(value, 'A policy');
  requireKnown(policy, ['Version', 'Id', 'Statement'], 'a policy');
  const version = optionalText(policy, 'Version');
  if (version !== undefined && version.text !== '2012-10-17' && version.text !== '2008-10-17') {
    throw new JsonSyntaxError('Version must be 2012-10-17 or 2008-10-17', version.start);
  }
  const id = optionalText(policy, 'Id');
  if (id !== undefined && kind === 'identity') {
    throw new JsonSyntaxError('An identity policy has no element Id', id.start);
  }
  const statement = policy.members.get('Statement');
  if (statement === undefined) throw new JsonSyntaxError('A policy needs the element Statement', policy.start);
  const statements = oneOrMany(statement.value).map((one) => readStatement(one, kind, positionAt));
  requireDistinctSids(statements, statement.value.start);
  return { version: version?.text === '2012-10-17' ? '2012-10-17' : '2008-10-17', id: id?.text, statements };
}

function requireDistinctSids(statements: readonly ParsedStatement[], offset: number): void {
  const sids = statements.flatMap(({ sid }) => (sid === undefined || sid === '' ? [] : [sid]));
  const double = sids.find((sid, index) => sids.indexOf(sid) !== index);
  if (double !== undefined) throw new JsonSyntaxError(`The Sid ${double} is used twice`, offset);
}

const elements = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

function readStatement(value: JsonValue, kind: PolicyKind, positionAt: PositionAt): ParsedStatement {
  const statement = requireObject(value, 'A statement');
  requireKnown(statement, elements, 'a statement');
  const sid = optionalText(statement, 'Sid');
  if (sid !== undefined && kind === 'identity' && !/^[a-zA-Z0-9]*$/.test(sid.text)) {
    throw new JsonSyntaxError('A Sid consists of letters and digits', sid.start);
  }
  const effect = optionalText(statement, 'Effect');
  if (effect === undefined) throw new JsonSyntaxError('A statement needs the element Effect', statement.start);
  if (effect.text !== 'Allow' && effect.text !== 'Deny') {
    throw new JsonSyntaxError('Effect must be Allow or Deny', effect.start);
  }
  const actions = readListed(statement, 'Action', requireActionPattern);
  if (actions === undefined) {
    throw new JsonSyntaxError('A statement needs the element Action or NotAction', statement.start);
  }
  return {
    sid: sid?.text,
    effect: effect.text,
    principals: readPrincipals(statement, kind),
    actions,
    resources: readResources(statement, kind),
    conditions: readConditions(statement),
    start: positionAt(statement.start),
    end: positionAt(statement.end),
  };
}

/** `Name` or `NotName`, one or many; undefined when neither is there, an error when both are. */
function readListed(
  statement: JsonMembers,
  name: string,
  check: (text: string) => string | undefined,
): Listed | undefined {
  const plain = statement.members.get(name);
  const negated = statement.members.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw new JsonSyntaxError(`A statement has ${name} or Not${name}, not both`, negated.name.start);
  }
  const member = plain ?? negated;
  if (member === undefined) return undefined;
  const values = texts(member.value, member.name.text);
  for (const { text, start } of values) {
    const problem = check(text);
    if (problem !== undefined) throw new JsonSyntaxError(problem, start);
  }
  return { not: plain === undefined, patterns: values.map(({ text }) => text) };
}

function readResources(statement: JsonMembers, kind: PolicyKind): Listed | undefined {
  const resources = readListed(statement, 'Resource', requireResourcePattern);
  if (resources === undefined && kind === 'identity') {
    throw new JsonSyntaxError('A statement needs the element Resource or NotResource', statement.start);
  }
  if (resources !== undefined && kind === 'trust') {
    throw new JsonSyntaxError('A trust policy has no element Resource', statement.start);
  }
  return resources;
}

function readPrincipals(statement: JsonMembers, kind: PolicyKind): ParsedStatement['principals'] {
  const plain = statement.members.get('Principal');
  const member = plain ?? statement.members.get('NotPrincipal');
  if (kind === 'identity') {
    if (member === undefined) return undefined;
    throw new JsonSyntaxError(`An identity policy has no element ${member.name.text}`, member.name.start);
  }
  if (member === undefined) throw new JsonSyntaxError('A statement needs the element Principal', statement.start);
  if (plain !== undefined && statement.members.has('NotPrincipal')) {
    throw new JsonSyntaxError('A statement has Principal or NotPrincipal, not both', plain.name.start);
  }
  return { not: plain === undefined, list: principalList(member) };
}

function principalList({ name, value }: JsonMember): readonly ParsedPrincipal[] {
  if (value.type === 'text' && value.text === '*') return [{ type: 'AWS', value: '*' }];
  const byType = requireObject(value, name.text);
  requireKnown(byType, ['AWS', 'Federated', 'Service', 'CanonicalUser'], name.text);
  const list: ParsedPrincipal[] = [];
  for (const [type, member] of byType.members) {
    for (const { text, start } of texts(member.value, type)) {
      const problem = requirePrincipal(type, text);
      if (problem !== undefined) throw new JsonSyntaxError(problem, start);
      list.push({ type: type as ParsedPrincipal['type'], value: text });
    }
  }
  if (list.length === 0) throw new JsonSyntaxError(`${name.text} names nobody`, value.start);
  return list;
}

function readConditions(statement: JsonMembers): readonly ParsedCondition[] {
  const member = statement.members.get('Condition');
  if (member === undefined) return [];
  const conditions: ParsedCondition[] = [];
  for (const [name, { name: placed, value }] of requireObject(member.value, 'Condition').members) {
    const use = readOperator(name);
    if (use === undefined) throw new JsonSyntaxError(`${name} is no condition operator`, placed.start);
    for (const [key, { name: keyPlaced, value: values }] of requireObject(value, name).members) {
      if (!/^[^\s:]+:\S+$/.test(key)) throw new JsonSyntaxError(`${key} is no condition key`, keyPlaced.start);
      const list = scalars(values, key);
      const { operator, quantifier, ifExists } = use;
      conditions.push({ operator: operator.name, quantifier, ifExists, key, values: list });
    }
  }
  return conditions;
}

function requireObject(value: JsonValue, what: string): JsonMembers {
  if (value.type === 'object') return value;
  throw new JsonSyntaxError(`${what} must be a JSON object`, value.start);
}

function requireKnown(value: JsonMembers, known: readonly string[], where: string): void {
  for (const [name, member] of value.members) {
    if (!known.includes(name)) throw new JsonSyntaxError(`${name} is no element of ${where}`, member.name.start);
  }
}

function optionalText(value: JsonMembers, name: string): JsonText | undefined {
  const member = value.members.get(name);
  if (member === undefined) return undefined;
  if (member.value.type === 'text') return member.value;
  throw new JsonSyntaxError(`${name} must be a string`, member.value.start);
}

function oneOrMany(value: JsonValue): readonly JsonValue[] {
  return value.type === 'list' ? value.items : [value];
}

function texts(value: JsonValue, what: string): readonly JsonText[] {
  const list = oneOrMany(value).map((one) => {
    if (one.type === 'text') return one;
    throw new JsonSyntaxError(`${what} must be a string or a list of strings`, one.start);
  });
  if (list.length === 0) throw new JsonSyntaxError(`${what} must not be empty`, value.start);
  return list;
}

/** Condition values may be written as strings, numbers or booleans. */
function scalars(value: JsonValue, key: string): readonly string[] {
  return oneOrMany(value).map((one) => {
    if (one.type === 'text' || one.type === 'number' || one.type === 'boolean') return one.text;
    throw new JsonSyntaxError(`The values of ${key} must be strings, numbers or booleans`, one.start);
  });
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}
