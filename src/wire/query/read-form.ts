// A tree of parameters → an operation's input: types per schema, parameters that the schema does not know dropped.

import { limits } from '#core/limits.ts';
import { decodeBase64 } from '../base64.ts';
import { missingMember } from '../constraints.ts';
import { type MemberSchema, type ServiceSchema, shapeOf } from '../schema.ts';
import { type FormNode, malformed } from './form.ts';

/**
 * Reads a structure. Throws malformed-request where a type differs and validation-failed where a required member is
 * missing.
 */
export function readStructure(schema: ServiceSchema, shapeName: string, node: FormNode): Record<string, unknown> {
  return readMembers(schema, shapeName, node, '');
}

function readMembers(schema: ServiceSchema, shapeName: string, node: FormNode, path: string): Record<string, unknown> {
  const shape = shapeOf(schema, shapeName);
  if (shape.type !== 'structure') throw new Error(`${shapeName} is not a structure`);
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const child = node.children.get(member.xmlName ?? name);
    const memberPath = path === '' ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
    if (child !== undefined) result[name] = readMember(schema, member, child, memberPath);
    else if (member.required === true) throw missingMember(memberPath);
  }
  return result;
}

function readMember(schema: ServiceSchema, member: MemberSchema, node: FormNode, path: string): unknown {
  switch (member.target) {
    case 'string':
      return textOf(node, path);
    case 'number':
      return readNumber(textOf(node, path), path);
    case 'boolean':
      return readBoolean(textOf(node, path), path);
    case 'blob':
      return readBlob(textOf(node, path), path);
    case 'timestamp':
    case 'timestamp:date-time':
      return readTimestamp(textOf(node, path), path);
    default:
      return readShape(schema, member, node, path);
  }
}

function readShape(schema: ServiceSchema, member: MemberSchema, node: FormNode, path: string): unknown {
  const shape = shapeOf(schema, member.target);
  if (shape.type === 'structure') {
    if (node.value !== undefined) throw malformed(`'${path}' is a structure`);
    return readMembers(schema, member.target, node, path);
  }
  if (shape.type === 'list') {
    if (node.value) throw malformed(`'${path}' is a list`);
    const items = member.xmlFlattened ? node : node.children.get(shape.member.xmlName ?? 'member');
    return numbered(items, path).map((item, index) =>
      readMember(schema, shape.member, item, `${path}.${index + 1}.member`),
    );
  }
  const entries = numbered(member.xmlFlattened ? node : node.children.get('entry'), path);
  return Object.fromEntries(
    entries.map((entry) => {
      const key = entry.children.get('key')?.value;
      const value = entry.children.get('value');
      if (key === undefined || value === undefined) throw malformed(`'${path}' has an entry without key or value`);
      return [key, readMember(schema, shape.value, value, `${path}.${key}`)];
    }),
  );
}

/** The children `1`, `2`, … in order of their number. `Tags=` is how clients spell an empty list. */
function numbered(node: FormNode | undefined, path: string): readonly FormNode[] {
  const items = [...(node?.children ?? [])].map(([name, child]) => ({ index: Number(name), name, child }));
  for (const { index, name } of items) {
    if (!Number.isSafeInteger(index) || index < 1 || String(index) !== name) {
      throw malformed(`'${path}' has an item that is not numbered from 1`);
    }
  }
  items.sort((left, right) => left.index - right.index);
  return items.map(({ child }) => child);
}

function textOf(node: FormNode, path: string): string {
  if (node.value === undefined) throw malformed(`'${path}' is a single value`);
  return node.value;
}

function readNumber(text: string, path: string): number {
  const value = /^-?\d{1,19}(?:\.\d{1,19})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw malformed(`STRING_VALUE can not be converted to a Number at '${path}'`);
  return value;
}

function readBoolean(text: string, path: string): boolean {
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw malformed(`STRING_VALUE can not be converted to a Boolean at '${path}'`);
}

function readBlob(text: string, path: string): Uint8Array {
  const bytes = text.length > limits.queryBodyBytesMax ? undefined : decodeBase64(text);
  if (bytes === undefined) throw malformed(`The value at '${path}' is not base64`);
  return bytes;
}

function readTimestamp(text: string, path: string): Date {
  const isIso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const date = new Date(isIso ? text : Number.NaN);
  if (Number.isNaN(date.getTime())) throw malformed(`The timestamp at '${path}' is not an ISO 8601 date and time`);
  return date;
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
