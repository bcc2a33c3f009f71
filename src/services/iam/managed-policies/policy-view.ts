// A managed policy and its versions as answers show them. Lists show less of a policy than a look at the one.

import { percentEncoded } from '../documents.ts';
import type { Policy, PolicyDetails } from './policies.ts';
import type { Version, VersionDocument } from './versions.ts';

export function policyView(policy: Policy) {
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: policy.attachmentCount,
    PermissionsBoundaryUsageCount: policy.boundaryCount,
    IsAttachable: policy.isAttachable,
    CreateDate: policy.createdAt,
    UpdateDate: policy.updatedAt,
  };
}

export function policyDetailsView(policy: PolicyDetails) {
  const { description, tags } = policy;
  return {
    ...policyView(policy),
    ...(description === undefined ? {} : { Description: description }),
    ...(tags.length === 0 ? {} : { Tags: tags }),
  };
}

export function versionView({ versionId, isDefault, createdAt }: Version) {
  return { VersionId: versionId, IsDefaultVersion: isDefault, CreateDate: createdAt };
}

export function versionDocumentView(version: VersionDocument) {
  return { Document: percentEncoded(version.document), ...versionView(version) };
}
