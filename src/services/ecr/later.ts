// The operations that later issues bring. They stand in the table and are refused with a plain sentence.
// This list only shrinks.

import type * as Ecr from '@aws-sdk/client-ecr';
import { later } from '#core/operation.ts';
import type { OperationNames } from '#wire/sdk.ts';

export const laterOperations = {
  PutImageScanningConfiguration: later,
  PutRegistryPolicy: later,
  GetRegistryPolicy: later,
  DeleteRegistryPolicy: later,
  UpdateImageStorageClass: later,
  PutLifecyclePolicy: later,
  GetLifecyclePolicy: later,
  DeleteLifecyclePolicy: later,
  StartLifecyclePolicyPreview: later,
  GetLifecyclePolicyPreview: later,
  StartImageScan: later,
  DescribeImageScanFindings: later,
  PutRegistryScanningConfiguration: later,
  GetRegistryScanningConfiguration: later,
  BatchGetRepositoryScanningConfiguration: later,
  PutReplicationConfiguration: later,
  DescribeImageReplicationStatus: later,
  StartReplicationBackfill: later,
  ListReplicationBackfills: later,
  DescribeReplicationBackfillResults: later,
  StopReplicationBackfill: later,
  CreatePullThroughCacheRule: later,
  DescribePullThroughCacheRules: later,
  UpdatePullThroughCacheRule: later,
  DeletePullThroughCacheRule: later,
  ValidatePullThroughCacheRule: later,
  CreateRepositoryCreationTemplate: later,
  DescribeRepositoryCreationTemplates: later,
  UpdateRepositoryCreationTemplate: later,
  DeleteRepositoryCreationTemplate: later,
  PutSigningConfiguration: later,
  GetSigningConfiguration: later,
  DeleteSigningConfiguration: later,
  DescribeImageSigningStatus: later,
  GetAccountSetting: later,
  PutAccountSetting: later,
  RegisterPullTimeUpdateExclusion: later,
  DeregisterPullTimeUpdateExclusion: later,
  ListPullTimeUpdateExclusions: later,
} as const satisfies Partial<Record<OperationNames<typeof Ecr>, typeof later>>;
