// Every constraint of every member broken in every way it can be: one below, one above, another word, another sign.

import type { InputConstraints, MemberConstraint } from '../../../src/wire/constraints.ts';
import type { ServiceSchema } from '../../../src/wire/schema.ts';
import { type Input, sampleInput, sampleOf } from './samples.ts';
import type { WrongInput } from './wrong-types.ts';

/** Values of more characters than this are for the long form. */
export const longValue = 200_000;

export function brokenInputs(
  schema: ServiceSchema,
  operation: string,
  constraints: InputConstraints,
): readonly WrongInput[] {
  const base = sampleInput(schema, schema.operations[operation]?.input ?? null);
  return Object.entries(constraints).flatMap(([path, constraint]) => {
    const name = path.split('.').at(-1)?.replace('[]', '') ?? '';
    return brokenValues(constraint, name).map(({ what, value }) => ({
      what: `${path} ${what}`,
      input: withValue(base, path.split('.'), value) as Input,
    }));
  });
}

function brokenValues(constraint: MemberConstraint, name: string): ReadonlyArray<{ what: string; value: unknown }> {
  const { length, range, size, pattern } = constraint;
  const values: Array<{ what: string; value: unknown }> = [];
  if (length !== undefined) {
    const isBlob = name === 'layerPartBlob';
    const long = isBlob ? Buffer.alloc(length[1] + 1).toString('base64') : 'a'.repeat(length[1] + 1);
    values.push({ what: `longer than ${length[1]}`, value: long });
    if (length[0] > 0) values.push({ what: `shorter than ${length[0]}`, value: 'a'.repeat(length[0] - 1) });
  }
  if (range !== undefined) {
    const numbers = [range[0] - 1, -1e21, 0.5, range[1] === Number.MAX_SAFE_INTEGER ? 2 ** 53 : range[1] + 1];
    for (const value of [...numbers, 2 ** 53 + 2, 1e21, 1e300]) values.push({ what: `= ${value}`, value });
  }
  if (size !== undefined) {
    const item = [sampleOf(name)].flat()[0];
    values.push({ what: `of ${size[1] + 1} items`, value: Array.from({ length: size[1] + 1 }, () => item) });
    if (size[0] > 0) values.push({ what: 'without items', value: [] });
  }
  if (constraint.enum !== undefined) {
    for (const value of ['', 'NOPE', String(constraint.enum[0]).toLowerCase().slice(1), `${constraint.enum[0]} `]) {
      values.push({ what: `= '${value}'`, value });
    }
  }
  if (pattern !== undefined) {
    for (const value of ['\u0000', 'a\u0000b', '../../etc/passwd', 'a\nb', 'é', '<b>', "';--"]) {
      if (!pattern.matches.test(value)) values.push({ what: `= ${JSON.stringify(value)}`, value });
    }
  }
  return values;
}

/** `imageIds[].imageTag`: the first item of a list gets the value. */
function withValue(base: unknown, steps: readonly string[], value: unknown): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  const name = step.replace('[]', '');
  const source = (base ?? {}) as Input;
  if (!step.endsWith('[]')) return { ...source, [name]: withValue(source[name], rest, value) };
  return { ...source, [name]: [withValue({}, rest, value)] };
}
