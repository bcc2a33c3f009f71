// GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom.

import type * as Kms from '@aws-sdk/client-kms';
import type { ErrorKind } from '#core/errors.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import type { KmsKey } from '../keys/key.ts';
import { encryptionContextKeys } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import { encrypt } from './ciphertext.ts';
import { requireEncryption, requireNoRecipient, requireSymmetric } from './usage.ts';

type Input = InputOf<typeof Kms, 'GenerateDataKeyWithoutPlaintext'>;

const errors: readonly ErrorKind[] = [
  'kms-key-disabled',
  'kms-key-state-invalid',
  'kms-key-usage-invalid',
  'kms-key-unavailable',
  'kms-dry-run',
  'validation-failed',
];

const generateDataKey = onKey('GenerateDataKey', {
  kind: 'read',
  uses: 'GenerateDataKey',
  takesAliases: true,
  acrossAccounts: true,
  errors,
  context: ({ EncryptionContext }) => encryptionContextKeys(EncryptionContext),
  handle(input, key, rooms) {
    requireNoRecipient(input.Recipient);
    return makeDataKey('GenerateDataKey', input, key, rooms);
  },
});

const generateDataKeyWithoutPlaintext = onKey('GenerateDataKeyWithoutPlaintext', {
  kind: 'read',
  uses: 'GenerateDataKeyWithoutPlaintext',
  takesAliases: true,
  acrossAccounts: true,
  errors,
  context: ({ EncryptionContext }) => encryptionContextKeys(EncryptionContext),
  handle: (input, key, rooms) =>
    goOn(makeDataKey('GenerateDataKeyWithoutPlaintext', input, key, rooms), ({ Plaintext, ...answer }) => {
      Plaintext.fill(0);
      return answer;
    }),
});

interface DataKeyAnswer {
  readonly Plaintext: Buffer;
  readonly CiphertextBlob: Buffer;
  readonly KeyId: string;
  readonly KeyMaterialId: string;
}

function makeDataKey(name: string, input: Input, key: KmsKey, rooms: KmsRooms): MaybePromise<DataKeyAnswer> {
  requireEncryption(key, name);
  requireSymmetric(key, name);
  const length = lengthOf(input);
  endDryRun(input);
  return rooms.materials.use(key, (material) => {
    const Plaintext = rooms.random.bytes(length);
    const CiphertextBlob = encrypt(key, material, Plaintext, input.EncryptionContext, rooms.random);
    return { Plaintext, CiphertextBlob, KeyId: key.arn, KeyMaterialId: material.materialId };
  });
}

/** Throws validation-failed unless exactly one of both is given. */
function lengthOf({ KeySpec, NumberOfBytes }: Input): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw new DomainError('validation-failed', 'Please specify either number of bytes or key spec.', {});
  }
  return NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32);
}

const generateRandom = operation<typeof Kms, 'GenerateRandom', KmsRooms>({
  kind: 'read',
  needs: (_input, { accountId }) => [
    { ...need('kms:GenerateRandom', '*'), context: { 'kms:CallerAccount': accountId } },
  ],
  errors: ['kms-unsupported', 'validation-failed'],
  audit: { request: recorded },
  handle({ NumberOfBytes, CustomKeyStoreId, Recipient }, _caller, { random }) {
    requireNoRecipient(Recipient);
    if (CustomKeyStoreId !== undefined) {
      throw new DomainError('kms-unsupported', 'Custom key stores are not served by Sallyport.', {});
    }
    if (NumberOfBytes === undefined) throw new DomainError('validation-failed', 'NumberOfBytes is required.', {});
    return { Plaintext: random.bytes(NumberOfBytes) };
  },
});

export const dataKeyOperations = {
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GenerateRandom: generateRandom,
};
