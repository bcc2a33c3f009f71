// What ECR demands of each member beyond its type (the API model's lengths, patterns, enums): one line a member.

import { parseArn } from '#core/arn.ts';
import { limits } from '#core/limits.ts';
import { isRepositoryName, isTag } from '#core/names.ts';
import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

const matching = (expression: string, test: (text: string) => boolean): NonNullable<MemberConstraint['pattern']> => ({
  matches: { test },
  text: `must satisfy regular expression '${expression}'`,
});
const pattern = (expression: RegExp, shown: string) => matching(shown, (text) => expression.test(text));

const digestExpression = /^[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+$/;
const uuidExpression = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;
const nameShown = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*';
const nameLength = [limits.repositoryNameLengthMin, limits.repositoryNameLengthMax] as const;

const digest: MemberConstraint = {
  length: [1, 1000],
  pattern: pattern(digestExpression, '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'),
};
const filter: MemberConstraint = {
  length: [1, limits.exclusionFilterLengthMax],
  pattern: pattern(/^[0-9a-zA-Z._*-]*$/, '^[0-9a-zA-Z._*-]{1,128}$'),
};
const imageTag: MemberConstraint = { length: [1, 300], pattern: matching('[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}', isTag) };
const lookedUpTag: MemberConstraint = { length: [1, 300] };
const looseDigest: MemberConstraint = { length: [0, 1000] };
const maxResults: MemberConstraint = { range: [1, limits.pageSizeMax] };
const mediaType: MemberConstraint = { length: [0, limits.mediaTypeLengthMax] };
const mutability: MemberConstraint = {
  enum: ['MUTABLE', 'IMMUTABLE', 'IMMUTABLE_WITH_EXCLUSION', 'MUTABLE_WITH_EXCLUSION'],
};
const partByte: MemberConstraint = { range: [0, Number.MAX_SAFE_INTEGER] };
const registryId: MemberConstraint = { length: [12, 12], pattern: pattern(/^[0-9]{12}$/, '[0-9]{12}') };
const repositoryName: MemberConstraint = { length: nameLength, pattern: matching(nameShown, isRepositoryName) };
const resourceArn: MemberConstraint = { pattern: { matches: { test: isRepositoryArn }, text: 'Invalid ARN' } };
const status: MemberConstraint = { enum: ['ACTIVE', 'ARCHIVED', 'ACTIVATING', 'ANY'] };
const tagStatus: MemberConstraint = { enum: ['TAGGED', 'UNTAGGED', 'ANY'] };
const uploadId: MemberConstraint = {
  pattern: pattern(uuidExpression, '[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}'),
};

const batch: MemberConstraint = { size: [1, limits.batchMax] };
const repository = { registryId, repositoryName };
const upload = { ...repository, uploadId };
const images = { imageIds: batch, 'imageIds[].imageTag': lookedUpTag, 'imageIds[].imageDigest': looseDigest };
const exclusions: InputConstraints = {
  imageTagMutability: mutability,
  imageTagMutabilityExclusionFilters: { size: [1, limits.exclusionFiltersMax] },
  'imageTagMutabilityExclusionFilters[].filterType': { enum: ['WILDCARD'] },
  'imageTagMutabilityExclusionFilters[].filter': filter,
};
const listing: InputConstraints = {
  ...repository,
  maxResults,
  'filter.tagStatus': tagStatus,
  'filter.imageStatus': status,
};

export const constraints: Readonly<Record<string, InputConstraints>> = {
  GetAuthorizationToken: { registryIds: { size: [1, limits.registryIdsMax] }, 'registryIds[]': registryId },
  CreateRepository: {
    ...repository,
    ...exclusions,
    'encryptionConfiguration.encryptionType': { enum: ['AES256', 'KMS', 'KMS_DSSE'] },
    'encryptionConfiguration.kmsKey': { length: [1, limits.kmsKeyLengthMax] },
  },
  DescribeRepositories: { registryId, repositoryNames: batch, 'repositoryNames[]': repositoryName, maxResults },
  DeleteRepository: repository,
  PutImageTagMutability: { ...repository, ...exclusions },
  TagResource: { resourceArn },
  UntagResource: {
    resourceArn,
    tagKeys: { size: [0, 200] },
    'tagKeys[]': { length: [1, limits.resourceTagKeyLengthMax] },
  },
  ListTagsForResource: { resourceArn },
  SetRepositoryPolicy: { ...repository, policyText: { length: [0, limits.policyDocumentCharsMax] } },
  GetRepositoryPolicy: repository,
  DeleteRepositoryPolicy: repository,
  BatchCheckLayerAvailability: { ...repository, layerDigests: batch, 'layerDigests[]': looseDigest },
  GetDownloadUrlForLayer: { ...repository, layerDigest: digest },
  InitiateLayerUpload: repository,
  UploadLayerPart: {
    ...upload,
    partFirstByte: partByte,
    partLastByte: partByte,
    layerPartBlob: { length: [0, limits.uploadPartSizeBytesMax] },
  },
  CompleteLayerUpload: { ...upload, layerDigests: batch, 'layerDigests[]': digest },
  PutImage: {
    ...repository,
    imageManifest: { length: [1, limits.manifestSizeBytesMax] },
    imageManifestMediaType: mediaType,
    imageTag,
    imageDigest: digest,
  },
  BatchGetImage: { ...repository, ...images, acceptedMediaTypes: batch, 'acceptedMediaTypes[]': mediaType },
  BatchDeleteImage: { ...repository, ...images },
  ListImages: listing,
  DescribeImages: { ...listing, ...images },
  ListImageReferrers: {
    ...repository,
    'subjectId.imageDigest': digest,
    'filter.artifactTypes': { size: [0, limits.artifactTypesMax] },
    'filter.artifactTypes[]': { length: [1, limits.mediaTypeLengthMax] },
    'filter.artifactStatus': status,
    maxResults: { range: [1, limits.referrersPageSizeMax] },
  },
};

const checkers = new Map(
  Object.entries(constraints).map(([operation, members]) => [
    operation,
    constraintChecker(members, 'invalid-parameter'),
  ]),
);

/** Throws invalid-parameter; see `Service.check`. Tags and filters have rules of the domain, which checks them. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}

/** True for `arn:aws:ecr:<region>:<account>:repository/<name>`. */
function isRepositoryArn(text: string): boolean {
  const arn = text.length > 512 ? undefined : parseArn(text);
  if (arn === undefined || arn.partition !== 'aws' || arn.service !== 'ecr') return false;
  if (!/^[0-9a-z-]{2,25}$/.test(arn.region) || !/^[0-9]{12}$/.test(arn.accountId)) return false;
  return arn.resource.startsWith('repository/') && isRepositoryName(arn.resource.slice('repository/'.length));
}
