// Images: put, get and delete them. Batches answer 200 with a list of failures; only the repository can be missing.

import type * as Ecr from '@aws-sdk/client-ecr';
import { type Digest, parseDigest } from '#core/digest.ts';
import { DomainError, invalidParameter, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { ImageIdentity, ImagePush, ImageReference, Repository } from '#registry/registry.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { type ImageId, imageFailure, imageIdentifier, parseImageId } from './image-ids.ts';
import { type EcrRooms, needOnRepository, repositoryOf } from './rooms.ts';

type PutInput = InputOf<typeof Ecr, 'PutImage'>;

export const putImage = operation<typeof Ecr, 'PutImage', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:PutImage'),
  errors: [
    ...(['invalid-parameter', 'repository-not-found', 'image-already-exists', 'layers-missing'] as const),
    ...(['images-missing', 'limit-exceeded', 'tag-immutable', 'image-digest-mismatch', 'kms-unavailable'] as const),
  ],
  // Manifests carry annotations and build arguments: their text stays out of the audit log.
  audit: {
    request: ({ imageManifest: _manifest, ...named }) => named,
    response: ({ image = {} }) => {
      const { imageManifest: _manifest, ...named } = image;
      return { image: named };
    },
  },
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const { digest, mediaType } = await push(repository, input, rooms);
    return {
      image: {
        registryId: repository.registry.accountId,
        repositoryName: repository.name,
        imageId: imageIdentifier(digest, input.imageTag),
        imageManifest: input.imageManifest,
        imageManifestMediaType: mediaType,
      },
    };
  },
});

/**
 * The stored bytes: nothing is converted, as every client of today takes both families. By tag, an image of no
 * accepted media type is not found; a digest names what it names. Counts as a pull.
 */
export const batchGetImage = operation<typeof Ecr, 'BatchGetImage', EcrRooms>({
  kind: 'read',
  needs: needOnRepository('ecr:BatchGetImage'),
  errors: ['invalid-parameter', 'repository-not-found', 'limit-exceeded'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const answers: Ecr.Image[] = [];
    let answerBytes = 0;
    const failures = await eachImage(input.imageIds, async (reference) => {
      const { digest, mediaType, bytes } = await rooms.registry.images.get(repository, reference);
      if (reference.digest === undefined && input.acceptedMediaTypes?.includes(mediaType) === false) {
        throw new DomainError('image-not-found', 'Requested image not found', {});
      }
      answerBytes += bytes.length;
      if (answerBytes > limits.batchAnswerBytesMax) throw answerTooLarge();
      rooms.registry.images.notePull(repository, digest);
      answers.push({
        registryId: repository.registry.accountId,
        repositoryName: repository.name,
        imageId: imageIdentifier(digest, reference.tag),
        imageManifest: bytes.toString('utf8'),
        imageManifestMediaType: mediaType,
      });
    });
    return { images: answers, failures };
  },
});

/** By tag: the tag goes, and the image with its last one. By digest: the image goes with all its tags. */
export const batchDeleteImage = operation<typeof Ecr, 'BatchDeleteImage', EcrRooms>({
  kind: 'write',
  needs: needOnRepository('ecr:BatchDeleteImage'),
  errors: ['invalid-parameter', 'repository-not-found'],
  async handle(input, caller, rooms) {
    const repository = await repositoryOf(input, caller, rooms);
    const removed: ImageIdentity[] = [];
    const failures = await eachImage(input.imageIds, async (reference) => {
      removed.push(...(await remove(repository, reference, rooms)));
    });
    return { imageIds: removed.map(({ digest, tag }) => imageIdentifier(digest, tag)), failures };
  },
});

/** Runs `work` for each id in order and returns what failed; faults that are no image's own are thrown. */
async function eachImage(
  imageIds: readonly ImageId[],
  work: (reference: ImageReference) => Promise<void>,
): Promise<Ecr.ImageFailure[]> {
  const failures: Ecr.ImageFailure[] = [];
  for (const imageId of imageIds) {
    const parsed = parseImageId(imageId);
    if ('failure' in parsed) failures.push(parsed.failure);
    else await work(parsed.reference).catch((error: unknown) => failures.push(imageFailure(error, imageId)));
  }
  return failures;
}

async function push(repository: Repository, input: PutInput, { registry }: EcrRooms) {
  const image: ImagePush = {
    bytes: Buffer.from(input.imageManifest, 'utf8'),
    mediaType: input.imageManifestMediaType,
    digest: input.imageDigest === undefined ? undefined : requireDigest(input.imageDigest),
    tags: input.imageTag === undefined ? [] : [input.imageTag],
    existing: 'refuse',
  };
  try {
    return await registry.images.push(repository, image);
  } catch (error) {
    // ECR refuses every manifest that it does not understand as a bad parameter, in these words.
    if (isKind(error, 'manifest-invalid') || isKind(error, 'manifest-too-large')) throw invalidManifest(error);
    throw error;
  }
}

function invalidManifest(error: DomainError): DomainError {
  if (error.message.startsWith('Invalid parameter at ')) return error;
  return invalidParameter('ImageManifest', error.message);
}

function requireDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest !== undefined) return digest;
  // Well-formed by its constraint, but of another algorithm or in capitals: no manifest hashes to that.
  throw new DomainError('image-digest-mismatch', `No manifest has a digest such as ${text}`, {});
}

async function remove(
  repository: Repository,
  reference: ImageReference,
  { registry }: EcrRooms,
): Promise<readonly ImageIdentity[]> {
  if (reference.tag === undefined) return registry.images.removeImage(repository, reference.digest, 'refuse');
  return [await registry.images.removeTag(repository, reference, 'remove-image')];
}

function answerTooLarge(): DomainError<'limit-exceeded'> {
  const message = `The manifests asked for exceed ${limits.batchAnswerBytesMax} bytes together; ask for fewer images`;
  return new DomainError('limit-exceeded', message, {});
}
