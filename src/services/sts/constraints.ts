// What STS demands of each member beyond its type (iam.md §7, API reference): one line a member.

import { limits } from '#core/limits.ts';
import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

/** `shown` is the expression as the caller is told it. */
const matching = (matches: RegExp, shown: string): NonNullable<MemberConstraint['pattern']> => ({
  matches,
  text: `Member must satisfy regular expression pattern: ${shown}`,
});

const sessionName = matching(/^[\w+=,.@-]*$/, '[\\w+=,.@-]*');
const tagText = matching(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u, '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*');

const duration = (max: number): InputConstraints => ({ DurationSeconds: { range: [limits.sessionSecondsMin, max] } });

const token: InputConstraints = { MinimumSessionTokenSize: { range: [0, limits.sessionTokenBytesMin] } };

const mfa: InputConstraints = {
  SerialNumber: { length: [9, 256], pattern: matching(/^[\w+=/:,.@-]*$/, '[\\w+=/:,.@-]*') },
  TokenCode: { length: [6, 6], pattern: matching(/^\d*$/, '[\\d]*'), secret: true },
};

const policies: InputConstraints = {
  Policy: { length: [1, limits.sessionPolicyCharsMax] },
  PolicyArns: { size: [0, limits.sessionPolicyArnsMax] },
  'PolicyArns[].arn': { length: [20, 2048] },
};

const tags: InputConstraints = {
  Tags: { size: [0, limits.sessionTagsMax] },
  'Tags[].Key': { length: [1, 128], pattern: tagText },
  'Tags[].Value': { length: [0, 256], pattern: tagText },
};

export const constraints: Readonly<Record<string, InputConstraints>> = {
  GetAccessKeyInfo: {
    AccessKeyId: {
      length: [16, 128],
      pattern: { matches: /^\w+$/, text: 'Member must satisfy regular expression' },
    },
  },
  DecodeAuthorizationMessage: { EncodedMessage: { length: [1, 10_240] } },
  GetSessionToken: { ...duration(limits.sessionSecondsMax), ...mfa, ...token },
  GetFederationToken: {
    Name: { length: [2, 32], pattern: sessionName },
    ...duration(limits.sessionSecondsMax),
    ...policies,
    ...tags,
    ...token,
  },
  AssumeRoleWithWebIdentity: {
    RoleArn: { length: [20, 2048] },
    RoleSessionName: { length: [2, 64], pattern: sessionName },
    WebIdentityToken: { length: [4, limits.webIdentityTokenCharsMax] },
    ProviderId: { length: [4, 2048] },
    ...duration(limits.roleSessionSecondsMax),
    ...policies,
    ...token,
  },
  AssumeRole: {
    RoleArn: { length: [20, 2048] },
    RoleSessionName: { length: [2, 64], pattern: sessionName },
    ...duration(limits.roleSessionSecondsMax),
    ...policies,
    ...tags,
    TransitiveTagKeys: { size: [0, limits.sessionTagsMax] },
    'TransitiveTagKeys[]': { length: [1, 128], pattern: tagText },
    ExternalId: { length: [2, 1224], pattern: matching(/^[\w+=,.@:/-]*$/, '[\\w+=,.@:\\/-]*') },
    SourceIdentity: { length: [2, 64], pattern: sessionName },
    // Contexts are vouched for by services that Sallyport does not have.
    ProvidedContexts: { size: [0, 0] },
    ...mfa,
    ...token,
  },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
