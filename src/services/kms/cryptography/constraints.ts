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

const authenticated: InputConstraints = {
  ...key,
  Message: { length: [1, 4096], secret: true },
  MacAlgorithm: { enum: ['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'] },
  ...grantTokens,
};

const dataKeyPair: InputConstraints = {
  ...key,
  KeyPairSpec: {
    enum: [
      'RSA_2048',
      'RSA_3072',
      'RSA_4096',
      'ECC_NIST_P256',
      'ECC_NIST_P384',
      'ECC_NIST_P521',
      'ECC_SECG_P256K1',
      'SM2',
      'ECC_NIST_EDWARDS25519',
      'ML_KEM_512',
      'ML_KEM_768',
      'ML_KEM_1024',
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
  GenerateMac: authenticated,
  VerifyMac: { ...authenticated, Mac: { length: [1, 6144], secret: true } },
  GenerateDataKeyPair: dataKeyPair,
  GenerateDataKeyPairWithoutPlaintext: dataKeyPair,
  DeriveSharedSecret: {
    ...key,
    KeyAgreementAlgorithm: { enum: ['ECDH'] },
    PublicKey: { length: [1, 8192] },
    ...grantTokens,
  },
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
