// An operation's output → XML as the Query protocols spell it: lists of <member>, times in ISO 8601.

import { type MemberSchema, type ServiceSchema, type ShapeSchema, shapeOf } from '../schema.ts';

/** The elements of a structure's members, in the schema's order; absent members are left out. */
export function writeStructure(schema: ServiceSchema, shape: ShapeSchema, value: unknown): string {
  if (shape.type !== 'structure') throw new Error('not a structure');
  const source = value as Readonly<Record<string, unknown>>;
  let xml = '';
  for (const [name, member] of Object.entries(shape.members)) {
    const given = source[name];
    if (given !== undefined && given !== null) xml += writeMember(schema, member.xmlName ?? name, member, given);
  }
  return xml;
}

/** One element with its text escaped. */
export function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** Text for XML 1.0: markup escaped, and what XML 1.0 cannot hold at all replaced by U+FFFD. */
export function escapeXml(text: string): string {
  return text.toWellFormed().replace(needsEscape, (character) => escapes.get(character) ?? '\ufffd');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids
const needsEscape = /[&<>"'\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escapes: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
  ['\r', '&#xD;'],
]);

function writeMember(schema: ServiceSchema, name: string, member: MemberSchema, value: unknown): string {
  switch (member.target) {
    case 'string':
    case 'number':
    case 'boolean':
      return element(name, String(value));
    case 'blob':
      return element(name, Buffer.from(value as Uint8Array).toString('base64'));
    case 'timestamp':
    case 'timestamp:date-time':
      return element(name, isoSeconds(value as Date));
    default:
      return writeShape(schema, name, member, value);
  }
}

function writeShape(schema: ServiceSchema, name: string, member: MemberSchema, value: unknown): string {
  const shape = shapeOf(schema, member.target);
  if (shape.type === 'structure') return `<${name}>${writeStructure(schema, shape, value)}</${name}>`;
  const flat = member.xmlFlattened === true;
  let items = '';
  if (shape.type === 'list') {
    const itemName = flat ? name : (shape.member.xmlName ?? 'member');
    for (const item of value as readonly unknown[]) items += writeMember(schema, itemName, shape.member, item);
  } else {
    const entryName = flat ? name : 'entry';
    for (const [key, item] of Object.entries(value as Readonly<Record<string, unknown>>)) {
      items += `<${entryName}>${element('key', key)}${writeMember(schema, 'value', shape.value, item)}</${entryName}>`;
    }
  }
  return flat ? items : `<${name}>${items}</${name}>`;
}

/** IAM and STS answer whole seconds: `2026-01-31T12:00:00Z`. */
function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
