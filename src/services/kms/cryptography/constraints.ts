// What KMS demands of each member of the operations that use keys.

import type { InputConstraints } from '#wire/constraints.ts';
import { ciphertext, encryptionAlgorithm, grantTokens, key, keyReference } from '../member-constraints.ts';

const dataKey: InputConstraints = {
  ...key,
  NumberOfBytes: { range: [1, 1024] },
  KeySpec: { enum: ['AES_256', 'AES_128'] },
  ...grantTokens,
};

const signed: InputConstraints = {
  ...key,
  Message: { length: [1, 4096], secret: true },
  MessageType: { enum: ['RAW', 'DIGEST', 'EXTERNAL_MU'] },
  SigningAlgorithm: {
    enum: [
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'ECDSA_SHA_256',
      'ECDSA_SHA_384',
      'ECDSA_SHA_512',
      'SM2DSA',
      'ML_DSA_SHAKE_256',
      'ED25519_SHA_512',
      'ED25519_PH_SHA_512',
    ],
  },
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
  GetPublicKey: { ...key, ...grantTokens },
  Sign: signed,
  Verify: { ...signed, Signature: { length: [1, 6144] } },
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
