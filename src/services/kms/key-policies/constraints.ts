// What KMS demands of each member of the operations of key policies.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { key, matching, page, policyDocument } from '../member-constraints.ts';

const policyName: MemberConstraint = { length: [1, 128], pattern: matching(/^\w+$/, '[\\w]+') };

export const keyPolicyConstraints: Readonly<Record<string, InputConstraints>> = {
  PutKeyPolicy: { ...key, PolicyName: policyName, Policy: policyDocument },
  GetKeyPolicy: { ...key, PolicyName: policyName },
  ListKeyPolicies: { ...key, ...page },
};
