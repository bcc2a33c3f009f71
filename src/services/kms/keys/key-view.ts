// A key as answers carry it: KeyMetadata (kms.md §2).

import type { KeyMetadata, KeySpec, KeyUsageType, OriginType } from '@aws-sdk/client-kms';
import { kmsArn } from '#core/arn.ts';
import { algorithmLists } from './algorithms-view.ts';
import type { KmsKey } from './key.ts';

export function keyMetadata(key: KmsKey): KeyMetadata {
  const { deletion } = key;
  return {
    AWSAccountId: key.accountId,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAtMs),
    Enabled: key.state === 'Enabled',
    Description: key.description,
    KeyUsage: key.usage as KeyUsageType,
    KeyState: key.state,
    ...(deletion && { DeletionDate: new Date(deletion.atMs) }),
    ...(key.pendingReplicaDays !== undefined && { PendingDeletionWindowInDays: key.pendingReplicaDays }),
    Origin: key.origin as OriginType,
    KeyManager: key.isManagedByAws ? 'AWS' : 'CUSTOMER',
    // The older name of the same.
    CustomerMasterKeySpec: key.spec as KeyMetadata['CustomerMasterKeySpec'],
    KeySpec: key.spec as KeySpec,
    ...algorithmLists(key),
    MultiRegion: key.primaryRegion !== undefined,
    ...multiRegion(key),
    ...(key.origin === 'EXTERNAL' && key.materialId !== undefined && expiration(key)),
    ...(key.materialId !== undefined && key.spec === 'SYMMETRIC_DEFAULT' && { CurrentKeyMaterialId: key.materialId }),
  };
}

function expiration({ validToMs }: KmsKey): Partial<KeyMetadata> {
  if (validToMs === undefined) return { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  return { ExpirationModel: 'KEY_MATERIAL_EXPIRES', ValidTo: new Date(validToMs) };
}

function multiRegion({ primaryRegion, replicaRegions, region, accountId, keyId }: KmsKey): Partial<KeyMetadata> {
  if (primaryRegion === undefined) return {};
  const keyIn = (Region: string) => ({
    Arn: kmsArn({ accountId, region: Region as typeof region }, `key/${keyId}`),
    Region,
  });
  return {
    MultiRegionConfiguration: {
      MultiRegionKeyType: primaryRegion === region ? 'PRIMARY' : 'REPLICA',
      PrimaryKey: keyIn(primaryRegion),
      ReplicaKeys: replicaRegions.map(keyIn),
    },
  };
}
