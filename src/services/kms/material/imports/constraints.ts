// What KMS demands of each member of the operations of imported material.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { ciphertext, key, matching } from '../../member-constraints.ts';

const materialId: MemberConstraint = { length: [64, 64], pattern: matching(/^[a-f0-9]+$/, '^[a-f0-9]+$') };

export const importConstraints: Readonly<Record<string, InputConstraints>> = {
  GetParametersForImport: {
    ...key,
    WrappingAlgorithm: {
      enum: [
        'RSAES_PKCS1_V1_5',
        'RSAES_OAEP_SHA_1',
        'RSAES_OAEP_SHA_256',
        'RSA_AES_KEY_WRAP_SHA_1',
        'RSA_AES_KEY_WRAP_SHA_256',
        'SM2PKE',
      ],
    },
    WrappingKeySpec: { enum: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'] },
  },
  ImportKeyMaterial: {
    ...key,
    ImportToken: ciphertext,
    EncryptedKeyMaterial: ciphertext,
    ExpirationModel: { enum: ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'] },
    ImportType: { enum: ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'] },
    KeyMaterialDescription: { length: [0, 256] },
    KeyMaterialId: materialId,
  },
  DeleteImportedKeyMaterial: { ...key, KeyMaterialId: materialId },
};
