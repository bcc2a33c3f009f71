// What KMS demands of each member of the operations of keys.

import type { InputConstraints } from '#wire/constraints.ts';
import { grantTokens, key, page, policyDocument, tags } from '../member-constraints.ts';

const specs = [
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
  'SYMMETRIC_DEFAULT',
  'HMAC_224',
  'HMAC_256',
  'HMAC_384',
  'HMAC_512',
  'SM2',
];

export const keyConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateKey: {
    Policy: policyDocument,
    Description: { length: [0, 8192] },
    KeyUsage: { enum: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT'] },
    CustomerMasterKeySpec: { enum: specs },
    KeySpec: { enum: [...specs, 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87', 'ECC_NIST_EDWARDS25519'] },
    Origin: { enum: ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] },
    ...tags,
  },
  DescribeKey: { ...key, ...grantTokens },
  ListKeys: page,
  EnableKey: key,
  DisableKey: key,
  UpdateKeyDescription: { ...key, Description: { length: [0, 8192] } },
  // The model allows 1 to 365, the service 7 to 30.
  ScheduleKeyDeletion: { ...key, PendingWindowInDays: { range: [7, 30] } },
  CancelKeyDeletion: key,
};
