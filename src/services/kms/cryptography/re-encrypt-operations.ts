// ReEncrypt: opens with one key and encrypts with another; the plaintext never leaves the site.

import type { Caller } from '#core/caller.ts';
import { registryOf } from '#core/caller.ts';
import type { NeedContext } from '#core/need.ts';
import type { KmsKey } from '../keys/key.ts';
import { encryptionContextKeys, keyNeed } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { findTarget, requireKey, type Target } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-states.ts';
import type { KmsRooms } from '../rooms.ts';
import {
  decryptBy,
  type Encrypted,
  type Encryption,
  encryptBy,
  requireEncryptionBy,
  symmetricAlgorithm,
} from './encryption.ts';
import { cryptographyErrors } from './errors.ts';
import { findSource } from './source-key.ts';

interface Keys {
  readonly source: Target;
  readonly destination: Target;
}

interface Input {
  readonly CiphertextBlob?: Uint8Array;
  readonly SourceKeyId?: string;
  readonly DestinationKeyId: string;
}

/** What an input was found to mean when it was permitted. */
const found = new WeakMap<object, Keys>();

async function findKeys(input: Input, caller: Caller, rooms: KmsRooms): Promise<Keys> {
  const { SourceKeyId: keyId, CiphertextBlob: ciphertext, DestinationKeyId } = input;
  const source = await findSource({ keyId, ciphertext }, caller, rooms);
  const options = { registry: registryOf(caller), takesAliases: true };
  const keys = { source, destination: await findTarget(rooms.records, DestinationKeyId, options) };
  found.set(input, keys);
  return keys;
}

function keysOf(input: object): Keys {
  const keys = found.get(input);
  if (keys === undefined) throw new Error('ReEncrypt was not permitted');
  return keys;
}

function sameKey(input: object): NeedContext {
  const { source, destination } = keysOf(input);
  return { 'kms:ReEncryptOnSameKey': String(source.arn === destination.arn) };
}

const reEncrypt = onKey('ReEncrypt', {
  kind: 'read',
  uses: 'ReEncrypt',
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-ciphertext-invalid', 'kms-incorrect-key'],
  action: 'ReEncryptTo',
  find: async (input, caller, rooms) => (await findKeys(input, caller, rooms)).destination,
  context: (input) => ({
    ...encryptionContextKeys(input.DestinationEncryptionContext),
    'kms:EncryptionAlgorithm': input.DestinationEncryptionAlgorithm ?? symmetricAlgorithm,
    ...sameKey(input),
  }),
  alsoNeeds: (input, caller) => [
    keyNeed('ReEncryptFrom', keysOf(input).source, caller, {
      ...encryptionContextKeys(input.SourceEncryptionContext),
      'kms:EncryptionAlgorithm': input.SourceEncryptionAlgorithm ?? symmetricAlgorithm,
      ...sameKey(input),
    }),
  ],
  async handle(input, key, rooms, caller) {
    const source = requireKey(keysOf(input).source);
    requireState('ReEncrypt', source);
    const { SourceEncryptionAlgorithm = symmetricAlgorithm, SourceEncryptionContext } = input;
    const { DestinationEncryptionAlgorithm = symmetricAlgorithm, DestinationEncryptionContext } = input;
    const from = { algorithm: SourceEncryptionAlgorithm, context: SourceEncryptionContext };
    const to = { algorithm: DestinationEncryptionAlgorithm, context: DestinationEncryptionContext };
    requireEncryptionBy(source, 'ReEncrypt', from);
    requireEncryptionBy(key, 'ReEncrypt', to);
    const { plaintext, ...opened } = await decryptBy(source, input.CiphertextBlob, from, rooms);
    const encrypted = await encryptAgain(plaintext, key, { input, to }, rooms);
    rooms.usage.note(source, 'ReEncrypt', caller.call.requestId);
    return {
      CiphertextBlob: encrypted.ciphertext,
      SourceKeyId: source.arn,
      KeyId: key.arn,
      SourceEncryptionAlgorithm,
      DestinationEncryptionAlgorithm,
      ...(opened.materialId !== undefined && { SourceKeyMaterialId: opened.materialId }),
      ...(encrypted.materialId !== undefined && { DestinationKeyMaterialId: encrypted.materialId }),
    };
  },
});

async function encryptAgain(
  plaintext: Buffer,
  key: KmsKey,
  { input, to }: { readonly input: { readonly DryRun?: boolean }; readonly to: Encryption },
  rooms: KmsRooms,
): Promise<Encrypted> {
  try {
    // How long it is comes to light only now.
    requireEncryptionBy(key, 'ReEncrypt', to, plaintext.length);
    endDryRun(input);
    return await encryptBy(key, plaintext, to, rooms);
  } finally {
    plaintext.fill(0);
  }
}

export const reEncryptOperations = { ReEncrypt: reEncrypt };
