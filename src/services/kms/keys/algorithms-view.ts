// A key's algorithms as answers carry them, under the name that goes with its usage.

import type { EncryptionAlgorithmSpec, KeyMetadata, SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import type { KmsKey } from './key.ts';
import { algorithmsOf } from './key-specs.ts';

export type AlgorithmLists = Pick<KeyMetadata, 'EncryptionAlgorithms' | 'SigningAlgorithms'>;

export function algorithmLists(key: KmsKey): AlgorithmLists {
  const algorithms = [...algorithmsOf(key)];
  switch (key.usage) {
    case 'ENCRYPT_DECRYPT':
      return { EncryptionAlgorithms: algorithms as EncryptionAlgorithmSpec[] };
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: algorithms as SigningAlgorithmSpec[] };
    default:
      return {};
  }
}
