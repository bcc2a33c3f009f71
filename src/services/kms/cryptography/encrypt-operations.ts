// Encrypt and Decrypt.

import { goOn } from '#std/go-on.ts';
import { encryptionContextKeys } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { encrypt } from './ciphertext.ts';
import { findSource, openCiphertext } from './source-key.ts';
import { requireEncryption, requireNoRecipient } from './usage.ts';

const algorithm = 'SYMMETRIC_DEFAULT' as const;

const encryptOperation = onKey('Encrypt', {
  kind: 'read',
  uses: 'Encrypt',
  takesAliases: true,
  acrossAccounts: true,
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-key-usage-invalid', 'kms-key-unavailable', 'kms-dry-run'],
  context: ({ EncryptionContext, EncryptionAlgorithm = algorithm }) => ({
    ...encryptionContextKeys(EncryptionContext),
    'kms:EncryptionAlgorithm': EncryptionAlgorithm,
  }),
  handle(input, key, { materials, random }) {
    requireEncryption(key, 'Encrypt', input.EncryptionAlgorithm);
    endDryRun(input);
    return goOn(materials.current(key), (material) => ({
      CiphertextBlob: encrypt(key, material, input.Plaintext, input.EncryptionContext, random),
      KeyId: key.arn,
      EncryptionAlgorithm: algorithm,
    }));
  },
});

const decryptOperation = onKey('Decrypt', {
  kind: 'read',
  uses: 'Decrypt',
  acrossAccounts: true,
  errors: [
    'kms-key-disabled',
    'kms-key-state-invalid',
    'kms-key-usage-invalid',
    'kms-key-unavailable',
    'kms-ciphertext-invalid',
    'kms-incorrect-key',
    'kms-dry-run',
  ],
  find: ({ KeyId: keyId, CiphertextBlob: ciphertext }, caller, rooms) =>
    findSource({ keyId, ciphertext }, caller, rooms),
  context: ({ EncryptionContext, EncryptionAlgorithm = algorithm }) => ({
    ...encryptionContextKeys(EncryptionContext),
    'kms:EncryptionAlgorithm': EncryptionAlgorithm,
  }),
  handle(input, key, rooms) {
    requireNoRecipient(input.Recipient);
    requireEncryption(key, 'Decrypt', input.EncryptionAlgorithm);
    return goOn(
      openCiphertext(key, input.CiphertextBlob, input.EncryptionContext, rooms),
      ({ plaintext, material }) => {
        endDryRun(input);
        return {
          KeyId: key.arn,
          Plaintext: plaintext,
          EncryptionAlgorithm: algorithm,
          KeyMaterialId: material.materialId,
        };
      },
    );
  },
});

export const encryptOperations = { Encrypt: encryptOperation, Decrypt: decryptOperation };
