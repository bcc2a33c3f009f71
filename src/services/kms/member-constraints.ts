// What KMS demands of members that many operations have (kms.md §1).

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';

/** `shown` is the expression as the caller is told it. `expression` must be linear and anchored. */
export const matching = (expression: RegExp, shown: string): NonNullable<MemberConstraint['pattern']> => ({
  matches: expression,
  text: `Member must satisfy regular expression pattern: ${shown}`,
});

export const keyReference: MemberConstraint = { length: [1, 2048] };
export const key: InputConstraints = { KeyId: keyReference };
export const aliasName: MemberConstraint = {
  length: [1, 256],
  pattern: matching(/^[a-zA-Z0-9:/_-]+$/, '^[a-zA-Z0-9:/_-]+$'),
};
export const page: InputConstraints = { Marker: { length: [1, 1024] }, Limit: { range: [1, 1000] } };
const tagKey: MemberConstraint = { length: [1, 128] };
export const tags: InputConstraints = {
  Tags: { size: [0, 200] },
  'Tags[].TagKey': tagKey,
  'Tags[].TagValue': { length: [0, 256] },
};
export const tagKeys: InputConstraints = { TagKeys: { size: [0, 200] }, 'TagKeys[]': tagKey };
export const grantTokens: InputConstraints = { GrantTokens: { size: [0, 10] }, 'GrantTokens[]': { length: [1, 8192] } };
export const policyDocument: MemberConstraint = { length: [1, 131_072] };
export const ciphertext: MemberConstraint = { length: [1, 6144] };
export const encryptionAlgorithm: MemberConstraint = {
  enum: ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'],
};
