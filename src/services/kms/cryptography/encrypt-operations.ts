// Encrypt and Decrypt.

import { goOn } from '#std/go-on.ts';
import { encryptionContextKeys } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { decryptBy, encryptBy, requireEncryptionBy, symmetricAlgorithm } from './encryption.ts';
import { cryptographyErrors } from './errors.ts';
import { findSource } from './source-key.ts';
import { requireNoRecipient } from './usage.ts';

const encryptOperation = onKey('Encrypt', {
  kind: 'read',
  uses: 'Encrypt',
  takesAliases: true,
  acrossAccounts: true,
  errors: cryptographyErrors,
  context: ({ EncryptionContext, EncryptionAlgorithm = symmetricAlgorithm }) => ({
    ...encryptionContextKeys(EncryptionContext),
    'kms:EncryptionAlgorithm': EncryptionAlgorithm,
  }),
  handle(input, key, rooms) {
    const { EncryptionAlgorithm = symmetricAlgorithm, EncryptionContext: context, Plaintext: plaintext } = input;
    const encryption = { algorithm: EncryptionAlgorithm, context };
    requireEncryptionBy(key, 'Encrypt', encryption, plaintext.length);
    endDryRun(input);
    return goOn(encryptBy(key, plaintext, encryption, rooms), ({ ciphertext: CiphertextBlob }) => ({
      CiphertextBlob,
      KeyId: key.arn,
      EncryptionAlgorithm,
    }));
  },
});

const decryptOperation = onKey('Decrypt', {
  kind: 'read',
  uses: 'Decrypt',
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-ciphertext-invalid', 'kms-incorrect-key'],
  find: ({ KeyId: keyId, CiphertextBlob: ciphertext }, caller, rooms) =>
    findSource({ keyId, ciphertext }, caller, rooms),
  context: ({ EncryptionContext, EncryptionAlgorithm = symmetricAlgorithm }) => ({
    ...encryptionContextKeys(EncryptionContext),
    'kms:EncryptionAlgorithm': EncryptionAlgorithm,
  }),
  handle(input, key, rooms) {
    requireNoRecipient(input.Recipient);
    const { EncryptionAlgorithm = symmetricAlgorithm, EncryptionContext: context, CiphertextBlob } = input;
    const encryption = { algorithm: EncryptionAlgorithm, context };
    requireEncryptionBy(key, 'Decrypt', encryption);
    return goOn(decryptBy(key, CiphertextBlob, encryption, rooms), ({ plaintext: Plaintext, materialId }) => {
      endDryRun(input);
      return {
        KeyId: key.arn,
        Plaintext,
        EncryptionAlgorithm,
        ...(materialId !== undefined && { KeyMaterialId: materialId }),
      };
    });
  },
});

export const encryptOperations = { Encrypt: encryptOperation, Decrypt: decryptOperation };
