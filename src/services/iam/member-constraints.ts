// What IAM demands of members that many operations have (iam.md §5).

import { limits } from '#core/limits.ts';
import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';

/** `shown` is the expression as the caller is told it. `expression` must be linear and anchored. */
export const matching = (expression: RegExp, shown: string): NonNullable<MemberConstraint['pattern']> => ({
  matches: expression,
  text: `Member must satisfy regular expression pattern: ${shown}`,
});

const namePattern = matching(/^[\w+=,.@-]+$/, '[\\w+=,.@-]+');

/** Names of users and roles. */
export const entityName: MemberConstraint = { length: [1, 64], pattern: namePattern };
/** Names of users that are there; the model gives them more room than new ones. */
export const existingUserName: MemberConstraint = { length: [1, 128], pattern: namePattern };
/** Names of groups, policies and instance profiles. */
export const longName: MemberConstraint = { length: [1, 128], pattern: namePattern };
export const arn: MemberConstraint = { length: [20, 2048] };
export const path: MemberConstraint = {
  length: [1, 512],
  pattern: matching(/^\/(?:[!-.0-~]+\/)*$/, '(\\u002F)|(\\u002F[\\u0021-\\u007F]+\\u002F)'),
};
export const pathPrefix: MemberConstraint = {
  length: [1, 512],
  pattern: matching(/^\/[!-~]*$/, '\\u002F[\\u0021-\\u007F]*'),
};
export const document: MemberConstraint = { length: [1, 131_072] };
/** A marker may be longer than IAM's own 320: ours holds the ARN or name to go on from, sealed. */
export const marker: MemberConstraint = { length: [1, 2048] };
export const page: InputConstraints = { Marker: marker, MaxItems: { range: [1, 1000] } };
const tagText = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]';
const tagKey: MemberConstraint = {
  length: [1, 128],
  pattern: matching(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u, `${tagText}+`),
};
const tagValue: MemberConstraint = {
  length: [0, 256],
  pattern: matching(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, `${tagText}*`),
};
export const tags: InputConstraints = {
  Tags: { size: [0, limits.iamTagsMax] },
  'Tags[].Key': tagKey,
  'Tags[].Value': tagValue,
};
export const tagKeys: InputConstraints = { TagKeys: { size: [0, limits.iamTagsMax] }, 'TagKeys[]': tagKey };
export const policyUsage: MemberConstraint = { enum: ['PermissionsPolicy', 'PermissionsBoundary'] };
