// How the ECR door spells the domain's errors: the exceptions of its API, 400 for every fault of the client's.

import type { RegistryErrorKind } from '#core/errors.ts';
import type { ErrorSpelling, ErrorTable } from '#core/operation.ts';

const clientError = (name: string): ErrorSpelling => ({ code: `${name}Exception`, status: 400 });
const invalidParameter = clientError('InvalidParameter');
const serverError: ErrorSpelling = { code: 'ServerException', status: 500 };

const registryErrors: ErrorTable<RegistryErrorKind> = {
  'invalid-parameter': invalidParameter,
  'invalid-next-token': invalidParameter,
  'invalid-resource-tag': clientError('InvalidTagParameter'),
  'too-many-resource-tags': clientError('TooManyTags'),
  'repository-name-invalid': invalidParameter,
  'repository-not-found': clientError('RepositoryNotFound'),
  'repository-already-exists': clientError('RepositoryAlreadyExists'),
  'repository-not-empty': clientError('RepositoryNotEmpty'),
  'repository-policy-not-found': clientError('RepositoryPolicyNotFound'),
  'policy-invalid': invalidParameter,
  'kms-unavailable': clientError('Kms'),
  'tag-invalid': invalidParameter,
  'tag-immutable': clientError('ImageTagAlreadyExists'),
  'too-many-tag-parameters': invalidParameter,
  'digest-invalid': invalidParameter,
  'manifest-invalid': invalidParameter,
  'manifest-too-large': invalidParameter,
  'image-not-found': clientError('ImageNotFound'),
  'image-already-exists': clientError('ImageAlreadyExists'),
  'image-digest-mismatch': clientError('ImageDigestDoesNotMatch'),
  'image-referenced': invalidParameter,
  'precondition-failed': invalidParameter,
  'layers-missing': clientError('LayersNotFound'),
  'images-missing': clientError('ReferencedImagesNotFound'),
  'layer-not-found': clientError('LayersNotFound'),
  'layer-inaccessible': clientError('LayerInaccessible'),
  'layer-already-exists': clientError('LayerAlreadyExists'),
  'layer-digest-mismatch': clientError('InvalidLayer'),
  'layer-part-too-small': clientError('LayerPartTooSmall'),
  'layer-part-invalid': clientError('InvalidLayerPart'),
  'upload-empty': clientError('EmptyUpload'),
  'upload-not-found': clientError('UploadNotFound'),
  'upload-size-invalid': clientError('InvalidLayerPart'),
  'range-not-satisfiable': invalidParameter,
  'limit-exceeded': clientError('LimitExceeded'),
  unsupported: invalidParameter,
};

/** The whole table: the domain's errors, and the corridor's that ECR spells its own way. */
export const ecrErrors: Readonly<Record<RegistryErrorKind | 'storage-unavailable' | 'internal', ErrorSpelling>> = {
  ...registryErrors,
  'storage-unavailable': serverError,
  internal: serverError,
};
