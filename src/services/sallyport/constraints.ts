// What Sallyport's own door demands of each member beyond its type: one line a member.

import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

const uuid: MemberConstraint = {
  pattern: { matches: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, text: 'Member must be a request id' },
};

const constraints: Readonly<Record<string, InputConstraints>> = {
  ExplainDenial: { requestId: uuid },
  TestPolicy: {
    principalArn: { length: [20, 2048] },
    action: { length: [3, 128], pattern: { matches: /^[\w-]+:\w+$/, text: 'Member must be service:Action' } },
    resource: { length: [1, 2048] },
    context: { size: [0, 50] },
    'context[].key': { length: [1, 256] },
    'context[].values': { size: [0, 50] },
  },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
