// The ECR door: Amazon ECR's API for the aws CLI, the SDKs, Terraform and CI plugins. All 62 operations are here.

import type * as Ecr from '@aws-sdk/client-ecr';
import type { Service } from '#core/service.ts';
import type { OperationsOf } from '#wire/sdk.ts';
import { getAuthorizationToken } from './authorization.ts';
import { checkInput } from './constraints.ts';
import { ecrErrors } from './errors.ts';
import { describeImages, listImageReferrers, listImages } from './image-listings.ts';
import { batchDeleteImage, batchGetImage, putImage } from './images.ts';
import { laterOperations } from './later.ts';
import {
  batchCheckLayerAvailability,
  completeLayerUpload,
  getDownloadUrlForLayer,
  initiateLayerUpload,
  uploadLayerPart,
} from './layers.ts';
import { describeRegistry } from './registry.ts';
import { createRepository, deleteRepository, describeRepositories, putImageTagMutability } from './repositories.ts';
import { deleteRepositoryPolicy, getRepositoryPolicy, setRepositoryPolicy } from './repository-policy.ts';
import { listTagsForResource, tagResource, untagResource } from './repository-tags.ts';
import type { EcrRooms } from './rooms.ts';

const operations = {
  GetAuthorizationToken: getAuthorizationToken,
  CreateRepository: createRepository,
  DescribeRepositories: describeRepositories,
  DeleteRepository: deleteRepository,
  PutImageTagMutability: putImageTagMutability,
  TagResource: tagResource,
  UntagResource: untagResource,
  ListTagsForResource: listTagsForResource,
  SetRepositoryPolicy: setRepositoryPolicy,
  GetRepositoryPolicy: getRepositoryPolicy,
  DeleteRepositoryPolicy: deleteRepositoryPolicy,
  BatchCheckLayerAvailability: batchCheckLayerAvailability,
  GetDownloadUrlForLayer: getDownloadUrlForLayer,
  InitiateLayerUpload: initiateLayerUpload,
  UploadLayerPart: uploadLayerPart,
  CompleteLayerUpload: completeLayerUpload,
  PutImage: putImage,
  BatchGetImage: batchGetImage,
  BatchDeleteImage: batchDeleteImage,
  ListImages: listImages,
  DescribeImages: describeImages,
  ListImageReferrers: listImageReferrers,
  DescribeRegistry: describeRegistry,
  ...laterOperations,
} satisfies OperationsOf<typeof Ecr, EcrRooms>;

/** The door's description for the gateway. */
export function ecrService(rooms: EcrRooms): Service<EcrRooms> {
  return {
    name: 'ecr',
    protocol: 'aws-json-1.1',
    signingName: 'ecr',
    eventSource: 'ecr.amazonaws.com',
    target: 'AmazonEC2ContainerRegistry_V20150921',
    schema: 'ecr',
    operations,
    check: checkInput,
    errors: ecrErrors,
    rooms,
  };
}
