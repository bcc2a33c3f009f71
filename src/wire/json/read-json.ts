// Parsed JSON → an operation's input: types per schema, members that the schema does not know dropped, null = absent.

import { type DomainError, invalidParameter } from '#core/errors.ts';
import { decodeBase64 } from '../base64.ts';
import { type MemberSchema, type ServiceSchema, shapeOf } from '../schema.ts';
import { malformed } from './strict-json.ts';

type Missing = (path: string) => DomainError;

interface Reading {
  readonly schema: ServiceSchema;
  readonly missing: Missing;
}

const missingByEcr: Missing = (path) => invalidParameter(path, 'Member must not be null');

/**
 * Reads a structure. Throws malformed-request where a type differs and what `missing` says where a required member is
 * missing: invalid-parameter in ECR's words when left out.
 */
export function readStructure(
  schema: ServiceSchema,
  shapeName: string,
  value: unknown,
  missing = missingByEcr,
): Record<string, unknown> {
  return readMembers({ schema, missing }, shapeName, value, '');
}

function readMembers(reading: Reading, shapeName: string, value: unknown, path: string): Record<string, unknown> {
  const shape = shapeOf(reading.schema, shapeName);
  if (shape.type !== 'structure') throw new Error(`${shapeName} is not a structure`);
  if (!isObject(value)) throw malformed(unexpected(value, 'a structure', path));
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const key = member.jsonName ?? name;
    const given = Object.hasOwn(value, key) ? value[key] : undefined;
    const memberPath = path === '' ? name : `${path}.${name}`;
    if (given !== undefined && given !== null) result[name] = readMember(reading, member, given, memberPath);
    else if (member.required === true) throw reading.missing(memberPath);
  }
  return result;
}

function readMember(reading: Reading, member: MemberSchema, value: unknown, path: string): unknown {
  switch (member.target) {
    case 'string':
      return readString(value, path);
    case 'number':
      if (typeof value !== 'number') throw malformed(unexpected(value, 'a Number', path));
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw malformed(unexpected(value, 'a Boolean', path));
      return value;
    case 'blob':
      return readBlob(value, path);
    case 'timestamp':
    case 'timestamp:epoch-seconds':
      return readTimestamp(value, path);
    default:
      return readShape(reading, member.target, value, path);
  }
}

function readShape(reading: Reading, shapeName: string, value: unknown, path: string): unknown {
  const shape = shapeOf(reading.schema, shapeName);
  if (shape.type === 'structure') return readMembers(reading, shapeName, value, path);
  if (shape.type === 'list') {
    if (!Array.isArray(value)) throw malformed(unexpected(value, 'a list', path));
    const items = value.filter((item: unknown) => item !== null);
    return items.map((item: unknown, index) => readMember(reading, shape.member, item, `${path}.${index + 1}.member`));
  }
  if (!isObject(value)) throw malformed(unexpected(value, 'a map', path));
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(
    entries.map(([key, item]) => [key, readMember(reading, shape.value, item, `${path}.${key}`)]),
  );
}

function readString(value: unknown, path: string): string {
  if (typeof value !== 'string') throw malformed(unexpected(value, 'a String', path));
  // Half a surrogate pair cannot be stored or sent as UTF-8: it would come back as another string.
  if (!value.isWellFormed()) throw malformed(`The string at '${path}' holds half a character.`);
  return value;
}

function readBlob(value: unknown, path: string): Uint8Array {
  const bytes = typeof value === 'string' ? decodeBase64(value) : undefined;
  if (bytes === undefined) throw malformed(`The value at '${path}' is not base64.`);
  return bytes;
}

function readTimestamp(value: unknown, path: string): Date {
  if (typeof value !== 'number') throw malformed(unexpected(value, 'a Timestamp', path));
  const date = new Date(value * 1000);
  if (Number.isNaN(date.getTime())) throw malformed(`The timestamp at '${path}' is out of range.`);
  return date;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected(value: unknown, wanted: string, path: string): string {
  const at = path === '' ? 'the request body' : `'${path}'`;
  return `${kindOf(value)} can not be converted to ${wanted} at ${at}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'LIST_VALUE';
  if (value === null) return 'NULL_VALUE';
  if (typeof value === 'object') return 'STRUCTURE_VALUE';
  return `${(typeof value).toUpperCase()}_VALUE`;
}
