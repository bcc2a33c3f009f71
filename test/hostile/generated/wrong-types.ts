// Every member of every operation with values of every wrong type, from the schemas that the doors themselves read.

import { type MemberSchema, type ServiceSchema, shapeOf } from '../../../src/wire/schema.ts';
import { type Input, sampleInput } from './samples.ts';

export interface WrongInput {
  /** `imageIds.0.imageTag = {}`. */
  readonly what: string;
  readonly input: Input;
}

const wrongValues: Readonly<Record<string, readonly unknown[]>> = {
  string: [7, true, {}, ['x'], '\ud800'],
  number: ['7', true, {}, [7]],
  boolean: ['true', 1, {}, [true]],
  blob: [7, {}, ['aGVsbG8='], 'aGVsbG8', 'not base64!', 'aGVs bG8='],
  'timestamp:epoch-seconds': ['2026-11-24', {}, [1], 1e300],
  timestamp: ['2026-11-24', {}, [1], 1e300],
  list: ['x', 7, {}, true],
  map: ['x', 7, [], true],
  structure: ['x', 7, [], true],
};

/** One input for each member and each value that it cannot be. */
export function wrongInputs(schema: ServiceSchema, shapeName: string): readonly WrongInput[] {
  const shape = shapeOf(schema, shapeName);
  if (shape.type !== 'structure') return [];
  const base = sampleInput(schema, shapeName);
  return Object.entries(shape.members).flatMap(([name, member]) =>
    wrongMember(schema, member).map(({ what, value }) => ({
      what: `${name}${what}`,
      input: { ...base, [name]: value },
    })),
  );
}

interface WrongValue {
  readonly what: string;
  readonly value: unknown;
}

function wrongMember(schema: ServiceSchema, member: MemberSchema): readonly WrongValue[] {
  const simple = wrongValues[member.target];
  if (simple !== undefined) return simple.map(named);
  const shape = shapeOf(schema, member.target);
  const own = (wrongValues[shape.type] ?? []).map(named);
  if (shape.type === 'list') {
    const items = wrongMember(schema, shape.member);
    return [...own, ...items.map(({ what, value }) => ({ what: `.0${what}`, value: [value] }))];
  }
  if (shape.type === 'map') return own;
  const inner = wrongInputs(schema, member.target).map(({ what, input }) => ({ what: `.${what}`, value: input }));
  return [...own, ...inner];
}

function named(value: unknown): WrongValue {
  return { what: ` = ${JSON.stringify(value)}`, value };
}
