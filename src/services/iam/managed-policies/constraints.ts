// What IAM demands of each member of the operations of managed policies and their versions.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import {
  arn,
  document,
  longName,
  matching,
  page,
  path,
  pathPrefix,
  policyUsage,
  tagKeys,
  tags,
} from '../member-constraints.ts';

const policy: InputConstraints = { PolicyArn: arn };
const versionId: MemberConstraint = {
  pattern: matching(/^v[1-9]\d{0,8}(?:\.[\w-]*)?$/, 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?'),
};

export const managedPolicyConstraints: Readonly<Record<string, InputConstraints>> = {
  CreatePolicy: {
    PolicyName: longName,
    Path: path,
    PolicyDocument: document,
    Description: { length: [0, 1000] },
    ...tags,
  },
  GetPolicy: policy,
  ListPolicies: {
    PathPrefix: pathPrefix,
    Scope: { enum: ['All', 'AWS', 'Local'] },
    PolicyUsageFilter: policyUsage,
    ...page,
  },
  DeletePolicy: policy,
  CreatePolicyVersion: { ...policy, PolicyDocument: document },
  GetPolicyVersion: { ...policy, VersionId: versionId },
  ListPolicyVersions: { ...policy, ...page },
  SetDefaultPolicyVersion: { ...policy, VersionId: versionId },
  DeletePolicyVersion: { ...policy, VersionId: versionId },
  TagPolicy: { ...policy, ...tags },
  UntagPolicy: { ...policy, ...tagKeys },
  ListPolicyTags: { ...policy, ...page },
};
