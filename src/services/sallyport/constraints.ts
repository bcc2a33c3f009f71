// What Sallyport's own door demands of each member beyond its type: one line a member.

import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

const uuid: MemberConstraint = {
  pattern: { matches: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, text: 'Member must be a request id' },
};

const constraints: Readonly<Record<string, InputConstraints>> = {
  ExplainDenial: { requestId: uuid },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
