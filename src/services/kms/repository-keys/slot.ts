// A slot: a data key of the KMS key, and with it the key of the repository's domain. Bound to all that names the slot.

import type { UsedObject } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import type { EncryptionContext } from '../cryptography/encryption-context.ts';
import { nonceBytes, openWith, sealWith } from '../sealing.ts';
import type { SlotRow } from './tables.ts';

export type SlotNames = Pick<
  SlotRow,
  'slot_id' | 'repository_arn' | 'account_id' | 'region' | 'type' | 'key_arn' | 'domain_id'
>;

/** What every use of the KMS key is made with: the repository, and its slot as ECR names its own objects. */
export function slotContext({
  slot_id,
  repository_arn,
  region,
}: Pick<SlotRow, 'slot_id' | 'repository_arn' | 'region'>) {
  const context: EncryptionContext = {
    'aws:ecr:arn': repository_arn,
    'aws:s3:arn': `arn:aws:s3:::${region}-starport-manifest-bucket/${slot_id}`,
  };
  return context;
}

/** The very manifest or layer, as ECR names its own. */
export function objectArnOf({ slot_id, region }: Pick<SlotRow, 'slot_id' | 'region'>, object: UsedObject): string {
  return `arn:aws:s3:::${region}-starport-${object.kind}-bucket/${slot_id}/${object.digest}`;
}

/** The data key seals one thing, once: a random nonce is safe. */
export function sealDomainKey(names: SlotNames, dataKey: Buffer, domainKey: Uint8Array, random: Random): Buffer {
  return sealWith(dataKey, random.bytes(nonceBytes), additionalOf(names), domainKey);
}

/** Overwrites the data key. Throws when a bit of it, or of what names the slot, is not what it was. */
export function openDomainKeyOnce(row: SlotRow, dataKey: Buffer): Buffer {
  try {
    return openWith(dataKey, additionalOf(row), row.domain_key);
  } finally {
    dataKey.fill(0);
  }
}

function additionalOf({ slot_id, repository_arn, account_id, region, type, key_arn, domain_id }: SlotNames): Buffer {
  return Buffer.from([slot_id, repository_arn, account_id, region, type, key_arn, domain_id].join('\n'));
}
