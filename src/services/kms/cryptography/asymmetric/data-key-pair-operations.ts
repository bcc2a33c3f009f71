// GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext: key pairs for use elsewhere, the private half encrypted.

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { DataKeyPairSpec } from '@aws-sdk/client-kms';
import type { ErrorKind } from '#core/errors.ts';
import { DomainError } from '#core/errors.ts';
import type { NeedContext } from '#core/need.ts';
import type { KmsKey } from '../../keys/key.ts';
import { encryptionContextKeys } from '../../keys/key-need.ts';
import { endDryRun, onKey } from '../../keys/key-operation.ts';
import type { KmsRooms } from '../../rooms.ts';
import { encrypt } from '../ciphertext.ts';
import type { EncryptionContext } from '../encryption-context.ts';
import { cryptographyErrors } from '../errors.ts';
import { requireEncryption, requireNoRecipient, requireSymmetric } from '../usage.ts';
import { isPairSpec, newPrivateKey } from './new-private-key.ts';

interface Input {
  readonly KeyPairSpec: DataKeyPairSpec;
  readonly EncryptionContext?: EncryptionContext;
  readonly DryRun?: boolean;
}

const errors: readonly ErrorKind[] = [...cryptographyErrors, 'kms-unsupported'];

const contextOf = ({ KeyPairSpec: spec, EncryptionContext: context }: Input): NeedContext => ({
  ...encryptionContextKeys(context),
  'kms:DataKeyPairSpec': spec,
});

const generateDataKeyPair = onKey('GenerateDataKeyPair', {
  kind: 'read',
  uses: 'GenerateDataKeyPair',
  takesAliases: true,
  acrossAccounts: true,
  errors,
  context: contextOf,
  handle(input, key, rooms) {
    requireNoRecipient(input.Recipient);
    return makePair('GenerateDataKeyPair', input, key, rooms);
  },
});

const generateDataKeyPairWithoutPlaintext = onKey('GenerateDataKeyPairWithoutPlaintext', {
  kind: 'read',
  uses: 'GenerateDataKeyPairWithoutPlaintext',
  takesAliases: true,
  acrossAccounts: true,
  errors,
  context: contextOf,
  async handle(input, key, rooms) {
    const made = await makePair('GenerateDataKeyPairWithoutPlaintext', input, key, rooms);
    const { PrivateKeyPlaintext, ...answer } = made;
    PrivateKeyPlaintext.fill(0);
    return answer;
  },
});

async function makePair(name: string, input: Input, key: KmsKey, { materials, random }: KmsRooms) {
  requireEncryption(key, name);
  requireSymmetric(key, name);
  const { KeyPairSpec } = input;
  if (!isPairSpec(KeyPairSpec)) {
    throw new DomainError('kms-unsupported', `KeyPairSpec ${KeyPairSpec} is not served by Sallyport.`, {});
  }
  endDryRun(input);
  const PrivateKeyPlaintext = await newPrivateKey(KeyPairSpec);
  const pair = createPublicKey(createPrivateKey({ key: PrivateKeyPlaintext, format: 'der', type: 'pkcs8' }));
  return materials.use(key, (material) => ({
    PrivateKeyCiphertextBlob: encrypt(key, material, PrivateKeyPlaintext, input.EncryptionContext, random),
    PrivateKeyPlaintext,
    PublicKey: pair.export({ type: 'spki', format: 'der' }),
    KeyId: key.arn,
    KeyPairSpec,
    KeyMaterialId: material.materialId,
  }));
}

export const dataKeyPairOperations = {
  GenerateDataKeyPair: generateDataKeyPair,
  GenerateDataKeyPairWithoutPlaintext: generateDataKeyPairWithoutPlaintext,
};
