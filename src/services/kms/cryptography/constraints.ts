// What KMS demands of each member of the operations that use keys.

import type { InputConstraints } from '#wire/constraints.ts';
import { ciphertext, encryptionAlgorithm, grantTokens, key, keyReference } from '../member-constraints.ts';

const dataKey: InputConstraints = {
  ...key,
  NumberOfBytes: { range: [1, 1024] },
  KeySpec: { enum: ['AES_256', 'AES_128'] },
  ...grantTokens,
};

export const cryptographyConstraints: Readonly<Record<string, InputConstraints>> = {
  Encrypt: {
    ...key,
    Plaintext: { length: [1, 4096], secret: true },
    EncryptionAlgorithm: encryptionAlgorithm,
    ...grantTokens,
  },
  Decrypt: { CiphertextBlob: ciphertext, ...key, EncryptionAlgorithm: encryptionAlgorithm, ...grantTokens },
  GenerateDataKey: dataKey,
  GenerateDataKeyWithoutPlaintext: dataKey,
  GenerateRandom: { NumberOfBytes: { range: [1, 1024] } },
  ReEncrypt: {
    CiphertextBlob: ciphertext,
    SourceKeyId: keyReference,
    DestinationKeyId: keyReference,
    SourceEncryptionAlgorithm: encryptionAlgorithm,
    DestinationEncryptionAlgorithm: encryptionAlgorithm,
    ...grantTokens,
  },
};
