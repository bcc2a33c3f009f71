// An operation's output → JSON values: times as epoch seconds, bytes as base64, absent members left out.

import { type MemberSchema, type ServiceSchema, type ShapeSchema, shapeOf } from '../schema.ts';

/** A structure as JSON.stringify takes it. Members that the schema does not know are dropped, so nothing leaks. */
export function writeStructure(schema: ServiceSchema, shape: ShapeSchema, value: unknown): Record<string, unknown> {
  if (shape.type !== 'structure') throw new Error('not a structure');
  const source = value as Readonly<Record<string, unknown>>;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.members)) {
    const given = source[name];
    if (given !== undefined && given !== null) result[member.jsonName ?? name] = writeMember(schema, member, given);
  }
  return result;
}

function writeMember(schema: ServiceSchema, member: MemberSchema, value: unknown): unknown {
  switch (member.target) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'document':
      return value;
    case 'blob':
      return Buffer.from(value as Uint8Array).toString('base64');
    case 'timestamp':
    case 'timestamp:epoch-seconds':
      return (value as Date).getTime() / 1000;
    case 'timestamp:date-time':
      return (value as Date).toISOString();
    default:
      return writeShape(schema, shapeOf(schema, member.target), value);
  }
}

function writeShape(schema: ServiceSchema, shape: ShapeSchema, value: unknown): unknown {
  if (shape.type === 'structure') return writeStructure(schema, shape, value);
  if (shape.type === 'list') {
    return (value as readonly unknown[]).map((item) => writeMember(schema, shape.member, item));
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(entries.map(([key, item]) => [key, writeMember(schema, shape.value, item)]));
}
