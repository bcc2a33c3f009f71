// Turns the schemas that one SDK client exports into our own compact JSON (the types are in src/wire/schema.ts).

import { readFileSync } from 'node:fs';
import type { MemberSchema, OperationSchema, ShapeSchema } from '../src/wire/schema.ts';

export type SdkModule = Readonly<Record<string, unknown>>;

export interface DumpRequest {
  readonly packageName: string;
  readonly packageRoot: string;
  readonly sdk: SdkModule;
  readonly operations: readonly string[];
}

type Traits = number | Readonly<Record<string, unknown>>;
type Tuple = readonly unknown[];

const kinds = { simple: 0, list: 1, map: 2, structure: 3, union: 4, operation: 9, error: -3 };
const simpleTypes: ReadonlyMap<number, string> = new Map([
  [0, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [5, 'timestamp:date-time'],
  [6, 'timestamp:http-date'],
  [7, 'timestamp:epoch-seconds'],
  [15, 'document'],
  [21, 'blob'],
]);
const listModifier = 64;
const mapModifier = 128;
const sensitiveBit = 8;

/** The file's text: one line an operation and a shape, sorted, so that a change reads well in a diff. */
export function dumpSchemas(request: DumpRequest): string {
  const shapes = new Map<string, ShapeSchema>();
  const operations = new Map<string, OperationSchema>();
  const member = memberReader(shapes);
  for (const name of request.operations) {
    const schema = request.sdk[`${name}$`];
    if (!Array.isArray(schema) || schema[0] !== kinds.operation) throw new Error(`${name}$ is not an operation`);
    const errors = documentedErrors(request.packageRoot, name).filter((error) => `${error}$` in request.sdk);
    for (const error of errors) member(request.sdk[`${error}$`]);
    operations.set(name, { input: unitOr(member(schema[4])), output: unitOr(member(schema[5])), errors });
  }
  const { version } = JSON.parse(readFileSync(`${request.packageRoot}/package.json`, 'utf8')) as { version: string };
  return [
    `{"source": "${request.packageName} ${version}",`,
    `"operations": {\n${lines(operations)}},`,
    `"shapes": {\n${lines(shapes)}}}\n`,
  ].join('\n');
}

function lines(entries: ReadonlyMap<string, unknown>): string {
  const sorted = [...entries].sort(([left], [right]) => (left < right ? -1 : 1));
  return sorted.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n');
}

function unitOr(member: MemberSchema): string | null {
  return member.target === 'unit' ? null : member.target;
}

/** A function that turns a schema reference into a member, adding the shapes it meets on the way. */
function memberReader(shapes: Map<string, ShapeSchema>): (reference: unknown) => MemberSchema {
  const read = (reference: unknown): MemberSchema => {
    const resolved: unknown = typeof reference === 'function' ? reference() : reference;
    if (resolved === 'unit') return { target: 'unit' };
    if (typeof resolved === 'number') return { target: inline(resolved) };
    if (!Array.isArray(resolved)) throw new Error(`unknown schema ${String(resolved)}`);
    const tuple: Tuple = resolved;
    // A pair is a schema with the traits of the member that uses it; the longer tuples are shapes.
    if (tuple.length === 2) return { ...read(tuple[0]), ...memberTraits(tuple[1] as Traits) };
    const [kind, , name, traits] = tuple as [number, string, string, Traits];
    if (kind === kinds.simple) return { ...read(tuple[4]), ...memberTraits(traits) };
    if (!shapes.has(name)) {
      shapes.set(name, { type: 'structure', members: {} });
      shapes.set(name, shapeOf(tuple, read));
    }
    return { target: name };
  };
  const inline = (code: number): string => {
    const modifier = code & (listModifier | mapModifier);
    const simple = simpleTypes.get(code & ~(listModifier | mapModifier));
    if (simple === undefined) throw new Error(`unknown schema code ${code}`);
    if (modifier === 0) return simple;
    const name = modifier === listModifier ? `list<${simple}>` : `map<${simple}>`;
    const target = { target: simple };
    shapes.set(name, modifier === listModifier ? { type: 'list', member: target } : { type: 'map', value: target });
    return name;
  };
  return read;
}

function shapeOf(tuple: Tuple, read: (reference: unknown) => MemberSchema): ShapeSchema {
  const [kind, , name, traits, first, second, third] = tuple as [
    number,
    string,
    string,
    Traits,
    unknown,
    unknown,
    unknown,
  ];
  if (kind === kinds.list) return { type: 'list', member: read(first) };
  if (kind === kinds.map) return { type: 'map', value: read(second) };
  if (kind !== kinds.structure && kind !== kinds.union && kind !== kinds.error) throw new Error(`${name} is ${kind}`);
  const requiredCount = (third as number | undefined) ?? 0;
  const targets = second as readonly unknown[];
  const members = (first as readonly string[]).map((memberName, index) => {
    const member = read(targets[index]);
    return [memberName, index < requiredCount ? { ...member, required: true as const } : member] as const;
  });
  const structure = { type: 'structure' as const, members: Object.fromEntries(members) };
  return kind === kinds.error ? { ...structure, error: errorTraits(name, traits) } : structure;
}

function memberTraits(traits: Traits): Omit<MemberSchema, 'target'> {
  if (typeof traits === 'number') return (traits & sensitiveBit) === 0 ? {} : { sensitive: true };
  const { xmlName, xmlFlattened, timestampFormat, jsonName, ec2QueryName } = traits;
  const kept = {
    xmlName,
    xmlFlattened: xmlFlattened === undefined ? undefined : true,
    timestampFormat,
    jsonName,
    ec2QueryName,
  };
  return JSON.parse(JSON.stringify(kept)) as Omit<MemberSchema, 'target'>;
}

function errorTraits(name: string, traits: Traits): { readonly code: string; readonly status: number } {
  if (typeof traits === 'number') return { code: name, status: 400 };
  const status = Number(traits.httpError ?? (traits.error === 'server' ? 500 : 400));
  const query = traits.awsQueryError as readonly [string, number] | undefined;
  return query === undefined ? { code: name, status } : { code: query[0], status: query[1] };
}

/** The exceptions that the client's documentation of an operation names; the schemas do not list them. */
function documentedErrors(packageRoot: string, operation: string): readonly string[] {
  const text = readFileSync(`${packageRoot}/dist-types/commands/${operation}Command.d.ts`, 'utf8');
  const names = new Set<string>();
  for (const match of text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)) names.add(match[1] ?? '');
  return [...names].sort();
}
