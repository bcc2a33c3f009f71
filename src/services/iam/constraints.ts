// What IAM demands of each member beyond its type: one line a member (iam.md §5).

import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

const matching = (expression: RegExp, shown: string): NonNullable<MemberConstraint['pattern']> => ({
  matches: expression,
  text: `Member must satisfy regular expression pattern: ${shown}`,
});

const userName: MemberConstraint = { length: [1, 64], pattern: matching(/^[\w+=,.@-]+$/, '[\\w+=,.@-]+') };
const policyName: MemberConstraint = { length: [1, 128], pattern: matching(/^[\w+=,.@-]+$/, '[\\w+=,.@-]+') };
const policyArn: MemberConstraint = { length: [20, 2048] };
const accessKeyId: MemberConstraint = { length: [16, 128], pattern: matching(/^\w+$/, '[\\w]+') };
const path: MemberConstraint = {
  length: [1, 512],
  pattern: matching(/^\/(?:[!-.0-~]+\/)*$/, '(\\u002F)|(\\u002F[\\u0021-\\u007F]+\\u002F)'),
};
const pathPrefix: MemberConstraint = { length: [1, 512], pattern: matching(/^\/[!-~]*$/, '\\u002F[\\u0021-\\u007F]*') };
const document: MemberConstraint = { length: [1, 131_072] };
const marker: MemberConstraint = { length: [1, 320] };
const maxItems: MemberConstraint = { range: [1, 1000] };
const page: InputConstraints = { Marker: marker, MaxItems: maxItems };

const user: InputConstraints = { UserName: userName };
const userPolicy: InputConstraints = { ...user, PolicyName: policyName };
const attachment: InputConstraints = { ...user, PolicyArn: policyArn };
const accessKey: InputConstraints = { ...user, AccessKeyId: accessKeyId };

export const constraints: Readonly<Record<string, InputConstraints>> = {
  CreateUser: { ...user, Path: path },
  GetUser: user,
  ListUsers: { PathPrefix: pathPrefix, ...page },
  DeleteUser: user,
  CreateAccessKey: user,
  ListAccessKeys: { ...user, ...page },
  UpdateAccessKey: { ...accessKey, Status: { enum: ['Active', 'Inactive', 'Expired'] } },
  DeleteAccessKey: accessKey,
  PutUserPolicy: { ...userPolicy, PolicyDocument: document },
  GetUserPolicy: userPolicy,
  ListUserPolicies: { ...user, ...page },
  DeleteUserPolicy: userPolicy,
  AttachUserPolicy: attachment,
  DetachUserPolicy: attachment,
  ListAttachedUserPolicies: { ...user, PathPrefix: pathPrefix, ...page },
  GetPolicy: { PolicyArn: policyArn },
  GetPolicyVersion: { PolicyArn: policyArn, VersionId: { pattern: matching(/^v\d{1,9}$/, 'v[1-9][0-9]*') } },
  ListPolicies: { PathPrefix: pathPrefix, Scope: { enum: ['All', 'AWS', 'Local'] }, ...page },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
