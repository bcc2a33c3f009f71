// Checks one statement of a policy: who, whether, what, on what, and under which conditions.

import { actionProblem, controlledProblem, resourceProblem } from './elements.ts';
import { readConditions } from './parse-conditions.ts';
import type { Listed, ParsedPrincipal, ParsedStatement, PolicyKind } from './policy.ts';
import { type JsonMember, type JsonMembers, JsonSyntaxError, type JsonValue } from './positioned-json.ts';
import type { PositionAt } from './positions.ts';
import { principalProblem, principalTypes } from './principal-syntax.ts';
import { optionalText, requireKnown, requireObject, texts } from './read-members.ts';

/** What the rules for a statement depend on. */
export interface Grammar {
  readonly kind: PolicyKind;
  /** True when the document's version knows policy variables. */
  readonly variables: boolean;
  readonly positionAt: PositionAt;
}

const elements = [
  'Sid',
  'Principal',
  'NotPrincipal',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/** Throws JsonSyntaxError. */
export function readStatement(value: JsonValue, { kind, variables, positionAt }: Grammar): ParsedStatement {
  const statement = requireObject(value, 'A statement');
  requireKnown(statement, elements, 'a statement');
  return {
    sid: readSid(statement, kind),
    effect: readEffect(statement, kind),
    principals: readPrincipals(statement, kind),
    actions: readActions(statement, kind),
    resources: readResources(statement, kind, variables),
    conditions: readConditions(statement.members.get('Condition'), variables),
    start: positionAt(statement.start),
    end: positionAt(statement.end),
  };
}

/** Identity policies allow letters and digits only; services that keep resource policies allow more. */
function readSid(statement: JsonMembers, kind: PolicyKind): string | undefined {
  const sid = optionalText(statement, 'Sid');
  if (sid !== undefined && kind !== 'resource' && !/^[a-zA-Z0-9]*$/.test(sid.text)) {
    throw new JsonSyntaxError('A Sid consists of letters and digits', sid.start);
  }
  return sid?.text;
}

function readEffect(statement: JsonMembers, kind: PolicyKind): ParsedStatement['effect'] {
  const effect = optionalText(statement, 'Effect');
  if (effect === undefined) throw new JsonSyntaxError('A statement needs the element Effect', statement.start);
  if (kind === 'resource-control' && effect.text !== 'Deny') {
    throw new JsonSyntaxError('A resource control policy can only take away: its Effect is Deny', effect.start);
  }
  if (effect.text === 'Allow' || effect.text === 'Deny') return effect.text;
  throw new JsonSyntaxError('Effect must be Allow or Deny', effect.start);
}

function readActions(statement: JsonMembers, kind: PolicyKind): Listed {
  const actions = readListed(statement, 'Action', kind === 'resource-control' ? controlledProblem : actionProblem);
  if (actions?.not === true && kind === 'resource-control') {
    throw new JsonSyntaxError('A resource control policy has no element NotAction', statement.start);
  }
  if (actions !== undefined) return actions;
  throw new JsonSyntaxError('A statement needs the element Action or NotAction', statement.start);
}

function readResources(statement: JsonMembers, kind: PolicyKind, variables: boolean): Listed | undefined {
  const resources = readListed(statement, 'Resource', (text) => resourceProblem(text, variables));
  if (resources === undefined && kind !== 'resource' && kind !== 'trust') {
    throw new JsonSyntaxError('A statement needs the element Resource or NotResource', statement.start);
  }
  if (resources !== undefined && kind === 'trust') {
    throw new JsonSyntaxError('A trust policy has no element Resource', statement.start);
  }
  return resources;
}

/** `Name` or `NotName`; undefined when neither is there, an error when both are. */
function eitherMember(statement: JsonMembers, name: string): JsonMember | undefined {
  const plain = statement.members.get(name);
  const negated = statement.members.get(`Not${name}`);
  if (plain !== undefined && negated !== undefined) {
    throw new JsonSyntaxError(`A statement has ${name} or Not${name}, not both`, negated.name.start);
  }
  return plain ?? negated;
}

function readListed(
  statement: JsonMembers,
  name: string,
  problemOf: (text: string) => string | undefined,
): Listed | undefined {
  const member = eitherMember(statement, name);
  if (member === undefined) return undefined;
  const values = texts(member.value, member.name.text);
  for (const { text, start } of values) {
    const problem = problemOf(text);
    if (problem !== undefined) throw new JsonSyntaxError(problem, start);
  }
  return { not: member.name.text !== name, patterns: values.map(({ text }) => text) };
}

function readPrincipals(statement: JsonMembers, kind: PolicyKind): ParsedStatement['principals'] {
  const member = eitherMember(statement, 'Principal');
  if (kind === 'identity' || kind === 'service-control') {
    if (member === undefined) return undefined;
    const named = kind === 'identity' ? 'An identity policy' : 'A service control policy';
    throw new JsonSyntaxError(`${named} has no element ${member.name.text}`, member.name.start);
  }
  if (member === undefined) throw new JsonSyntaxError('A statement needs the element Principal', statement.start);
  if (kind === 'resource-control' && !(member.name.text === 'Principal' && isText(member.value, '*'))) {
    throw new JsonSyntaxError('The Principal of a resource control policy is *', member.value.start);
  }
  return { not: member.name.text === 'NotPrincipal', list: principalList(member) };
}

function isText(value: JsonValue, text: string): boolean {
  return value.type === 'text' && value.text === text;
}

function principalList({ name, value }: JsonMember): readonly ParsedPrincipal[] {
  if (value.type === 'text') {
    if (value.text === '*') return [{ type: 'AWS', value: '*' }];
    throw new JsonSyntaxError(`${name.text} must be * or a JSON object of principals by type`, value.start);
  }
  const byType = requireObject(value, name.text);
  requireKnown(byType, principalTypes, name.text);
  const list: ParsedPrincipal[] = [];
  for (const [key, member] of byType.members) {
    const type = key as ParsedPrincipal['type'];
    for (const { text, start } of texts(member.value, type)) {
      const problem = principalProblem(type, text);
      if (problem !== undefined) throw new JsonSyntaxError(problem, start);
      list.push({ type, value: text });
    }
  }
  if (list.length === 0) throw new JsonSyntaxError(`${name.text} names nobody`, value.start);
  return list;
}
