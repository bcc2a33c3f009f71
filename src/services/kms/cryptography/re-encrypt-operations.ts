// ReEncrypt: opens with one key and encrypts with another; the plaintext never leaves the site.

import type { Caller } from '#core/caller.ts';
import { registryOf } from '#core/caller.ts';
import type { NeedContext } from '#core/need.ts';
import { encryptionContextKeys, keyNeed } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { findTarget, requireKey, type Target } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-states.ts';
import type { KmsRooms } from '../rooms.ts';
import { encrypt } from './ciphertext.ts';
import { findSource, openCiphertext } from './source-key.ts';
import { requireEncryption } from './usage.ts';

const algorithm = 'SYMMETRIC_DEFAULT' as const;

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
  errors: [
    'kms-key-disabled',
    'kms-key-state-invalid',
    'kms-key-usage-invalid',
    'kms-key-unavailable',
    'kms-ciphertext-invalid',
    'kms-incorrect-key',
    'kms-dry-run',
  ],
  action: 'ReEncryptTo',
  find: async (input, caller, rooms) => (await findKeys(input, caller, rooms)).destination,
  context: (input) => ({
    ...encryptionContextKeys(input.DestinationEncryptionContext),
    'kms:EncryptionAlgorithm': input.DestinationEncryptionAlgorithm ?? algorithm,
    ...sameKey(input),
  }),
  alsoNeeds: (input, caller) => [
    keyNeed('ReEncryptFrom', keysOf(input).source, caller, {
      ...encryptionContextKeys(input.SourceEncryptionContext),
      'kms:EncryptionAlgorithm': input.SourceEncryptionAlgorithm ?? algorithm,
      ...sameKey(input),
    }),
  ],
  async handle(input, key, rooms, caller) {
    const source = requireKey(keysOf(input).source);
    requireState('ReEncrypt', source);
    requireEncryption(source, 'ReEncrypt', input.SourceEncryptionAlgorithm);
    requireEncryption(key, 'ReEncrypt', input.DestinationEncryptionAlgorithm);
    const opened = await openCiphertext(source, input.CiphertextBlob, input.SourceEncryptionContext, rooms);
    endDryRun(input);
    const material = await rooms.materials.current(key);
    const context = input.DestinationEncryptionContext;
    const CiphertextBlob = encrypt(key, material, opened.plaintext, context, rooms.random);
    opened.plaintext.fill(0);
    rooms.usage.note(source, 'ReEncrypt', caller.call.requestId);
    return {
      CiphertextBlob,
      SourceKeyId: source.arn,
      KeyId: key.arn,
      SourceEncryptionAlgorithm: algorithm,
      DestinationEncryptionAlgorithm: algorithm,
      SourceKeyMaterialId: opened.material.materialId,
      DestinationKeyMaterialId: material.materialId,
    };
  },
});

export const reEncryptOperations = { ReEncrypt: reEncrypt };
