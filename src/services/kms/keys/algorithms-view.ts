// A key's algorithms as answers carry them, under the name that goes with its usage.

import type {
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeyMetadata,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import type { KmsKey } from './key.ts';
import { algorithmsOf } from './key-specs.ts';

export type AlgorithmLists = Pick<
  KeyMetadata,
  'EncryptionAlgorithms' | 'SigningAlgorithms' | 'MacAlgorithms' | 'KeyAgreementAlgorithms'
>;

export function algorithmLists(key: KmsKey): AlgorithmLists {
  const algorithms = [...algorithmsOf(key)];
  switch (key.usage) {
    case 'ENCRYPT_DECRYPT':
      return { EncryptionAlgorithms: algorithms as EncryptionAlgorithmSpec[] };
    case 'SIGN_VERIFY':
      return { SigningAlgorithms: algorithms as SigningAlgorithmSpec[] };
    case 'GENERATE_VERIFY_MAC':
      return { MacAlgorithms: algorithms as MacAlgorithmSpec[] };
    case 'KEY_AGREEMENT':
      return { KeyAgreementAlgorithms: algorithms as KeyAgreementAlgorithmSpec[] };
    default:
      return {};
  }
}
