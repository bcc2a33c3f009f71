// The doors of KMS, Organizations and Sallyport itself: members of the wrong type, beyond every limit, unknown.

import { constraints as kmsConstraints } from '../../../src/services/kms/constraints.ts';
import { laterOperations } from '../../../src/services/kms/later.ts';
import { unservedOperations } from '../../../src/services/kms/unserved.ts';
import { constraints as organizationsConstraints } from '../../../src/services/organizations/constraints.ts';
import { constraints as sallyportConstraints } from '../../../src/services/sallyport/constraints.ts';
import type { InputConstraints } from '../../../src/wire/constraints.ts';
import { type ServiceSchema, schemaOf } from '../../../src/wire/schema.ts';
import type { DoorName, Expectation, HostileCase, HttpRequest } from '../case.ts';
import { brokenInputs } from '../generated/broken-constraints.ts';
import { sampleInput } from '../generated/samples.ts';
import { wrongInputs } from '../generated/wrong-types.ts';

interface JsonDoor {
  readonly name: Extract<DoorName, 'kms' | 'organizations' | 'sallyport'>;
  readonly target: string;
  readonly constraints: Readonly<Record<string, InputConstraints>>;
  /** What a member beyond its limits is called. */
  readonly invalid: string;
  /** Operations that are not served: their inputs are not read. */
  readonly unread: readonly string[];
  /** Operations that an input without anything wrong would let change something. */
  readonly making: readonly string[];
}

const doors: readonly JsonDoor[] = [
  {
    ...{ name: 'kms', target: 'TrentService', constraints: kmsConstraints, invalid: 'ValidationException' },
    unread: [...Object.keys(laterOperations), ...Object.keys(unservedOperations)],
    making: ['CreateKey'],
  },
  {
    ...{ name: 'organizations', target: 'AWSOrganizationsV20161128', constraints: organizationsConstraints },
    ...{ invalid: 'InvalidInputException', unread: [], making: [] },
  },
  {
    ...{ name: 'sallyport', target: 'Sallyport_20261124', constraints: sallyportConstraints },
    ...{ invalid: 'ValidationException', unread: [] },
    making: ['CreateRegistryToken', 'RevokeSessions', 'QuarantineAccessKey', 'ReleaseAccessKey'],
  },
];

const serialization: Expectation = { status: 400, code: 'SerializationException' };
const unknown: Expectation = { status: 400, code: 'UnknownOperationException' };
const broken = ['{', '[]', 'null', '', '{"a":1,"a":2}', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, '{"a":"\\ud800"'];
const strangeNames = ['Nope', 'constructor', '__proto__', 'toString', '', 'a.b'];

export const jsonDoorCases: readonly HostileCase[] = doors.flatMap((door) => {
  const schema = schemaOf({ name: door.name, schema: door.name });
  return [...brokenBodies(door, schema), ...strangeTargets(door), ...wrongTypes(door, schema), ...beyond(door, schema)];
});

function caseOf({ name: door, target }: JsonDoor, what: string, operation: string, body: object | string) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'x-amz-target': `${target}.${operation}`, 'content-type': 'application/x-amz-json-1.1' };
  const send: HttpRequest = { method: 'POST', path: '/', headers, body: text, signedFor: door, as: 'administrator' };
  return { door, name: `${operation}: ${what}`, send };
}

function served({ unread }: JsonDoor, schema: ServiceSchema): readonly string[] {
  return Object.keys(schema.operations).filter((operation) => !unread.includes(operation));
}

function brokenBodies(door: JsonDoor, schema: ServiceSchema): readonly HostileCase[] {
  const [operation = ''] = served(door, schema);
  const bodies = broken.filter((body) => body !== '');
  return bodies.map((body) => ({
    ...caseOf(door, `body ${body.slice(0, 20)}`, operation, body),
    expect: serialization,
  }));
}

function strangeTargets(door: JsonDoor): readonly HostileCase[] {
  return strangeNames.map((operation) => ({ ...caseOf(door, 'no operation', operation, {}), expect: unknown }));
}

/** One wrong type each; and members that nobody knows, which are dropped. */
function wrongTypes(door: JsonDoor, schema: ServiceSchema): readonly HostileCase[] {
  return served(door, schema).flatMap((operation) => {
    const input = schema.operations[operation]?.input ?? null;
    const wrong = input === null ? [] : wrongInputs(schema, input);
    const cases = wrong.map(({ what, input: body }) => ({
      ...caseOf(door, what, operation, body),
      expect: serialization,
    }));
    if (door.making.includes(operation)) return cases;
    const honest = { ...sampleInput(schema, input), unknown: { a: [1] }, constructor: { prototype: { x: 1 } } };
    return [...cases, { ...caseOf(door, 'unknown members', operation, honest), expect: { status: [200, 400] } }];
  });
}

function beyond(door: JsonDoor, schema: ServiceSchema): readonly HostileCase[] {
  return Object.entries(door.constraints).flatMap(([operation, table]) =>
    brokenInputs(schema, operation, table).map(({ what, input }) => ({
      ...caseOf(door, what, operation, input),
      expect: { status: 400, code: [door.invalid, 'SerializationException'] },
    })),
  );
}
