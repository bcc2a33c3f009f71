// Lengths, ranges, patterns, enums and list sizes of an operation's input: one line a member, in the service's table.
// The SDK schemas carry none of them.

import { DomainError, invalidParameter } from '#core/errors.ts';

/** What one member must satisfy; everything given is checked, in the order of these lines. */
export interface MemberConstraint {
  /** Characters of a string or bytes of a blob. */
  readonly length?: Bounds;
  /** A whole number within bounds. */
  readonly range?: Bounds;
  /** Items of a list. */
  readonly size?: Bounds;
  readonly enum?: readonly string[];
  /** A password or code: what was given is not said again. */
  readonly secret?: boolean;
  /** `text` is the constraint as the caller is told it. An expression must be linear and anchored. */
  readonly pattern?: { readonly matches: { test(text: string): boolean }; readonly text: string };
}

/** Smallest and largest allowed, both inclusive. */
export type Bounds = readonly [min: number, max: number];

/**
 * Member path → constraint. `tags[].Key` means Key of every item of tags; `tags` is the list itself and goes first,
 * so that an endless list is refused before its items are looked at.
 */
export type InputConstraints = Readonly<Record<string, MemberConstraint>>;

/** ECR refuses with the first violation as InvalidParameter; IAM and STS list all of them as ValidationError. */
export type ConstraintStyle = 'invalid-parameter' | 'validation-error';

/** More than these are not reported: the answer must not grow with the request. */
const violationsMax = 10;

interface Violation {
  readonly path: string;
  readonly value: unknown;
  readonly text: string;
}

/**
 * A function that checks an input and throws invalid-parameter or validation-failed. Absent members pass: the wire
 * format has checked what is required.
 */
export function constraintChecker(constraints: InputConstraints, style: ConstraintStyle): (input: unknown) => void {
  const rules = Object.entries(constraints).map(([path, constraint]) => ({ steps: path.split('.'), constraint }));
  return (input) => {
    const violations: Violation[] = [];
    for (const { steps, constraint } of rules) {
      visit(input, steps, 0, '', (path, value) => {
        const text = violationOf(constraint, value);
        if (text !== undefined && violations.length < violationsMax) {
          violations.push({ path, value: constraint.secret === true ? undefined : value, text });
        }
      });
      if (style === 'invalid-parameter' && violations.length > 0) break;
    }
    const [first] = violations;
    if (first === undefined) return;
    throw style === 'invalid-parameter' ? invalidParameter(first.path, first.text) : validationError(violations);
  };
}

type Visitor = (path: string, value: unknown) => void;

function visit(value: unknown, steps: readonly string[], depth: number, path: string, visitor: Visitor): void {
  const step = steps[depth];
  if (step === undefined) {
    visitor(path, value);
    return;
  }
  const each = step.endsWith('[]');
  const name = each ? step.slice(0, -2) : step;
  const member = (value as Readonly<Record<string, unknown>>)[name];
  if (member === undefined) return;
  const memberPath = path === '' ? name : `${path}.${name}`;
  if (!each) {
    visit(member, steps, depth + 1, memberPath, visitor);
    return;
  }
  for (const [index, item] of (member as readonly unknown[]).entries()) {
    visit(item, steps, depth + 1, `${memberPath}.${index + 1}.member`, visitor);
  }
}

function violationOf(constraint: MemberConstraint, value: unknown): string | undefined {
  const { length, range, size, pattern } = constraint;
  if (length !== undefined) {
    const problem = outside((value as { readonly length: number }).length, length, 'length');
    if (problem !== undefined) return problem;
  }
  if (range !== undefined) {
    if (!Number.isSafeInteger(value)) return 'Member must be an integer';
    const problem = outside(value as number, range, 'value');
    if (problem !== undefined) return problem;
  }
  if (size !== undefined) {
    const problem = outside((value as readonly unknown[]).length, size, 'length');
    if (problem !== undefined) return problem;
  }
  if (constraint.enum !== undefined && !constraint.enum.includes(value as string)) {
    return `Member must satisfy enum value set: [${constraint.enum.join(', ')}]`;
  }
  return pattern === undefined || pattern.matches.test(value as string) ? undefined : pattern.text;
}

function outside(measured: number, [min, max]: Bounds, what: string): string | undefined {
  if (measured < min) return `Member must have ${what} greater than or equal to ${min}`;
  return measured > max ? `Member must have ${what} less than or equal to ${max}` : undefined;
}

function validationError(violations: readonly Violation[]): DomainError<'validation-failed'> {
  const texts = violations.map(({ path, value, text }) => {
    return `${shownOf(value)} at '${path.split('.').map(lowerFirst).join('.')}' failed to satisfy constraint: ${text}`;
  });
  const count = `${texts.length} validation error${texts.length === 1 ? '' : 's'} detected`;
  return new DomainError('validation-failed', `${count}: ${texts.join('; ')}`, {});
}

function shownOf(value: unknown): string {
  if (value === null) return 'Value null';
  return typeof value === 'string' && value.length <= 256 ? `Value '${value}'` : 'Value';
}

/** As AWS's validation says it of a member that is required and not there. */
export function missingMember(path: string): DomainError<'validation-failed'> {
  return validationError([{ path, value: null, text: 'Member must not be null' }]);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
