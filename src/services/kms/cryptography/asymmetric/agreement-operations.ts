// DeriveSharedSecret: the secret that a key and somebody else's public key have in common.

import { createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import type { OriginType } from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import { endDryRun, onKey } from '../../keys/key-operation.ts';
import { cryptographyErrors } from '../errors.ts';
import { requireNoRecipient, requireUse } from '../usage.ts';
import { type KeyPair, keyPairOf } from './key-pair.ts';

const deriveSharedSecret = onKey('DeriveSharedSecret', {
  kind: 'read',
  uses: 'DeriveSharedSecret',
  takesAliases: true,
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-unsupported'],
  context: ({ KeyAgreementAlgorithm: algorithm }) => ({ 'kms:KeyAgreementAlgorithm': algorithm }),
  handle(input, key, { materials }) {
    requireNoRecipient(input.Recipient);
    const { KeyAgreementAlgorithm: algorithm } = input;
    const operation = 'DeriveSharedSecret';
    requireUse(key, { operation, usage: 'KEY_AGREEMENT', member: 'KeyAgreementAlgorithm', algorithm });
    return materials.use(key, (material) => {
      const { privateKey } = keyPairOf(material);
      const publicKey = readPublicKey(input.PublicKey, privateKey);
      endDryRun(input);
      return {
        KeyId: key.arn,
        SharedSecret: diffieHellman({ privateKey, publicKey }),
        KeyAgreementAlgorithm: algorithm,
        KeyOrigin: key.origin as OriginType,
      };
    });
  },
});

/** Throws validation-failed unless it is a point on the key's own curve. */
function readPublicKey(bytes: Uint8Array, { asymmetricKeyDetails: own }: KeyPair['privateKey']): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
  } catch {
    // Refused below, like one of another curve.
  }
  if (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === own?.namedCurve) return key;
  throw new DomainError('validation-failed', 'PublicKey is not a public key on the curve of the KMS key.', {});
}

export const agreementOperations = { DeriveSharedSecret: deriveSharedSecret };
