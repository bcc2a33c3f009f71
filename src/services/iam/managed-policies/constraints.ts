// What IAM demands of each member of the operations of managed policies.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, matching, page, pathPrefix } from '../member-constraints.ts';

export const managedPolicyConstraints: Readonly<Record<string, InputConstraints>> = {
  GetPolicy: { PolicyArn: arn },
  GetPolicyVersion: { PolicyArn: arn, VersionId: { pattern: matching(/^v\d{1,9}$/, 'v[1-9][0-9]*') } },
  ListPolicies: { PathPrefix: pathPrefix, Scope: { enum: ['All', 'AWS', 'Local'] }, ...page },
};
