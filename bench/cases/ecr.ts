// The read operations of the ECR API. No peer has them; they are compared with themselves on a larger site.

import { benchRepository } from '../generate/site-plan.ts';
import type { Target } from '../targets/target.ts';
import type { BenchCase } from './bench-case.ts';
import { requestCase } from './requests.ts';
import { signedRequest } from './signed-request.ts';

const repositoryName = benchRepository;

const reads: Readonly<Record<string, (target: Target) => object>> = {
  DescribeRepositories: () => ({ repositoryNames: [repositoryName] }),
  DescribeRegistry: () => ({}),
  ListImages: () => ({ repositoryName, maxResults: 10 }),
  DescribeImages: ({ images }) => ({ repositoryName, imageIds: [{ imageTag: images[0]?.tag }] }),
  BatchGetImage: ({ images }) => ({ repositoryName, imageIds: [{ imageDigest: images[0]?.digest }] }),
  BatchCheckLayerAvailability: ({ layerDigest }) => ({ repositoryName, layerDigests: [layerDigest] }),
  GetDownloadUrlForLayer: ({ layerDigest }) => ({ repositoryName, layerDigest }),
  ListTagsForResource: ({ own }) => ({
    resourceArn: `arn:aws:ecr:us-east-1:${own?.accountId}:repository/${repositoryName}`,
  }),
};

export function ecrCases(connections: number): readonly BenchCase[] {
  return Object.entries(reads).map(([operation, input]) => ({
    ...requestCase(`ecr ${operation}`, connections, (target) => [signedRequest(target, operation, input(target))]),
    ownOnly: true,
  }));
}
