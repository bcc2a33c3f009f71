// What KMS demands of each member beyond its type: one table a folder, one line a member.

import { constraintChecker, type InputConstraints } from '#wire/constraints.ts';
import { keyAliasConstraints } from './aliases/constraints.ts';
import { cryptographyConstraints } from './cryptography/constraints.ts';
import { grantConstraints } from './grants/constraints.ts';
import { keyPolicyConstraints } from './key-policies/constraints.ts';
import { keyConstraints } from './keys/constraints.ts';
import { materialConstraints } from './material/constraints.ts';
import { importConstraints } from './material/imports/constraints.ts';
import { replicaConstraints } from './multi-region/constraints.ts';
import { keyTagConstraints } from './tags/constraints.ts';
import { keyUsageConstraints } from './usage/constraints.ts';

export const constraints: Readonly<Record<string, InputConstraints>> = {
  ...keyConstraints,
  ...keyPolicyConstraints,
  ...keyAliasConstraints,
  ...keyTagConstraints,
  ...grantConstraints,
  ...cryptographyConstraints,
  ...materialConstraints,
  ...importConstraints,
  ...replicaConstraints,
  ...keyUsageConstraints,
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
