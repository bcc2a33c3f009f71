// What IAM demands of each member beyond its type: one table a folder, one line a member.

import { constraintChecker, type InputConstraints } from '#wire/constraints.ts';
import { accessKeyConstraints } from './access-keys/constraints.ts';
import { accountConstraints } from './accounts/constraints.ts';
import { attachmentConstraints } from './attachments/constraints.ts';
import { authorizationDetailsConstraints } from './authorization-details/constraints.ts';
import { boundaryConstraints } from './boundaries/constraints.ts';
import { groupConstraints } from './groups/constraints.ts';
import { inlinePolicyConstraints } from './inline-policies/constraints.ts';
import { instanceProfileConstraints } from './instance-profiles/constraints.ts';
import { loginProfileConstraints } from './login-profiles/constraints.ts';
import { managedPolicyConstraints } from './managed-policies/constraints.ts';
import { mfaConstraints } from './mfa/constraints.ts';
import { oidcProviderConstraints } from './oidc-providers/constraints.ts';
import { policyEntityConstraints } from './policy-entities/constraints.ts';
import { reportConstraints } from './reports/constraints.ts';
import { roleConstraints } from './roles/constraints.ts';
import { serviceLinkedRoleConstraints } from './service-linked-roles/constraints.ts';
import { simulationConstraints } from './simulation/constraints.ts';
import { tagConstraints } from './tags/constraints.ts';
import { userConstraints } from './users/constraints.ts';

export const constraints: Readonly<Record<string, InputConstraints>> = {
  ...accountConstraints,
  ...userConstraints,
  ...accessKeyConstraints,
  ...groupConstraints,
  ...roleConstraints,
  ...serviceLinkedRoleConstraints,
  ...instanceProfileConstraints,
  ...boundaryConstraints,
  ...tagConstraints,
  ...inlinePolicyConstraints,
  ...attachmentConstraints,
  ...managedPolicyConstraints,
  ...policyEntityConstraints,
  ...simulationConstraints,
  ...mfaConstraints,
  ...loginProfileConstraints,
  ...reportConstraints,
  ...oidcProviderConstraints,
  ...authorizationDetailsConstraints,
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
