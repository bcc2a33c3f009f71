// What IAM demands of each member of the operations that attach managed policies.

import type { InputConstraints } from '#wire/constraints.ts';
import { arn, entityName, page, pathPrefix } from '../member-constraints.ts';

const user: InputConstraints = { UserName: entityName };
const policy: InputConstraints = { PolicyArn: arn };

export const attachmentConstraints: Readonly<Record<string, InputConstraints>> = {
  AttachUserPolicy: { ...user, ...policy },
  DetachUserPolicy: { ...user, ...policy },
  ListAttachedUserPolicies: { ...user, PathPrefix: pathPrefix, ...page },
};
