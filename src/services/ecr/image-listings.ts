// What images a repository has: by tag and digest, in detail, and by the subject that they refer to.

import type * as Ecr from '@aws-sdk/client-ecr';
import { parseDigest } from '#core/digest.ts';
import { DomainError, invalidParameter, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { ImageDetail, Referrer, Repository } from '#registry/registry.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { type ImageId, imageIdentifier, parseImageId } from './image-ids.ts';
import { openPaging } from './paging.ts';
import { type EcrRooms, needOnRepository, repositoryOf } from './rooms.ts';

type DescribeInput = InputOf<typeof Ecr, 'DescribeImages'>;

/** One entry for each tag, and one for each image without any. */
export const listImages = operation<typeof Ecr, 'ListImages', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:ListImages'),
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = input.filter ?? {};
    const paging = openPaging(rooms.pageTokens, ['ListImages', repository.arn, tagStatus, imageStatus]);
    const request = paging.request(input);
    if (!includesActive(imageStatus)) return { imageIds: [] };
    const page = await rooms.registry.images.identities(repository, tagStatus, request);
    return { imageIds: page.items.map(({ digest, tag }) => imageIdentifier(digest, tag)), ...paging.answer(page) };
  },
});

/** One entry for each image, with all its tags. */
export const describeImages = operation<typeof Ecr, 'DescribeImages', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:DescribeImages'),
  errors: ['invalid-parameter', 'repository-not-found', 'image-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const view = (detail: ImageDetail) => detailView(repository, detail);
    if (input.imageIds !== undefined) {
      refusePaging(input);
      const details = await describeNamed(repository, input.imageIds, rooms);
      return { imageDetails: details.map(view) };
    }
    const { tagStatus = 'ANY', imageStatus = 'ACTIVE' } = input.filter ?? {};
    const paging = openPaging(rooms.pageTokens, ['DescribeImages', repository.arn, tagStatus, imageStatus]);
    const request = paging.request(input);
    if (!includesActive(imageStatus)) return { imageDetails: [] };
    const page = await rooms.registry.images.describeAll(repository, tagStatus, request);
    return { imageDetails: page.items.map(view), ...paging.answer(page) };
  },
});

/** Has no IAM action of its own: whoever may get images may list their referrers. */
export const listImageReferrers = operation<typeof Ecr, 'ListImageReferrers', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:BatchGetImage'),
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const subject = parseDigest(input.subjectId.imageDigest);
    if (subject === undefined) throw invalidParameter('subjectId.imageDigest', 'Member must be a sha256 digest');
    const { artifactTypes, artifactStatus = 'ACTIVE' } = input.filter ?? {};
    const scope = ['ListImageReferrers', repository.arn, subject, artifactTypes ?? null, artifactStatus];
    const paging = openPaging(rooms.pageTokens, scope);
    const request = paging.request(input, limits.referrersPageSizeDefault);
    if (!includesActive(artifactStatus)) return { referrers: [] };
    // An empty list filters nothing.
    const filter = artifactTypes === undefined || artifactTypes.length === 0 ? {} : { artifactTypes };
    const page = await rooms.registry.images.referrers(repository, subject, filter, request);
    return { referrers: page.items.map(referrerView), ...paging.answer(page) };
  },
});

/** Nothing is archived in this version: every image is ACTIVE. */
function includesActive(status: Ecr.ImageStatusFilter | Ecr.ArtifactStatusFilter): boolean {
  return status === 'ACTIVE' || status === 'ANY';
}

/** Each image once, in the order asked for. Throws image-not-found for the first that is missing. */
async function describeNamed(
  repository: Repository,
  imageIds: readonly ImageId[],
  { registry }: EcrRooms,
): Promise<readonly ImageDetail[]> {
  const details = new Map<string, ImageDetail>();
  for (const imageId of imageIds) {
    const parsed = parseImageId(imageId);
    if ('failure' in parsed) {
      if (parsed.failure.failureCode === 'ImageNotFound') throw imageNotFound(repository, imageId);
      throw invalidParameter('imageIds', parsed.failure.failureReason ?? '');
    }
    try {
      const detail = await registry.images.describe(repository, parsed.reference);
      details.set(detail.digest, detail);
    } catch (error) {
      const missing = isKind(error, 'image-not-found') || isKind(error, 'image-digest-mismatch');
      throw missing ? imageNotFound(repository, imageId) : error;
    }
  }
  return [...details.values()];
}

function imageNotFound({ name, registry }: Repository, { imageDigest, imageTag }: ImageId): DomainError {
  const id = `{imageDigest:'${imageDigest ?? 'null'}', imageTag:'${imageTag ?? 'null'}'}`;
  const where = `within the repository with name '${name}' in the registry with id '${registry.accountId}'`;
  return new DomainError('image-not-found', `The image with imageId ${id} does not exist ${where}`, {});
}

function detailView(repository: Repository, detail: ImageDetail): Ecr.ImageDetail {
  const { digest, mediaType, artifactType, tags, imageSizeBytes, pushedAtMs, lastPulledAtMs, subject } = detail;
  return {
    registryId: repository.registry.accountId,
    repositoryName: repository.name,
    imageDigest: digest,
    ...(tags.length === 0 ? {} : { imageTags: [...tags] }),
    imageSizeInBytes: imageSizeBytes,
    imagePushedAt: new Date(pushedAtMs),
    imageManifestMediaType: mediaType,
    ...(artifactType === undefined ? {} : { artifactMediaType: artifactType }),
    ...(lastPulledAtMs === undefined ? {} : { lastRecordedPullTime: new Date(lastPulledAtMs) }),
    ...(subject === undefined ? {} : { subjectManifestDigest: subject }),
    imageStatus: 'ACTIVE',
  };
}

function referrerView({ digest, mediaType, artifactType, sizeBytes, annotations }: Referrer): Ecr.ImageReferrer {
  return {
    digest,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    size: sizeBytes,
    ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    artifactStatus: 'ACTIVE',
  };
}

function refusePaging(input: DescribeInput): void {
  for (const member of ['nextToken', 'maxResults'] as const) {
    if (input[member] !== undefined)
      throw invalidParameter(member, `${member} must be null when imageIds is specified`);
  }
}
