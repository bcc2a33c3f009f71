// Sign, Verify and GetPublicKey.

import type { KeySpec, KeyUsageType, MessageType } from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import type { NeedContext } from '#core/need.ts';
import { goOn } from '#std/go-on.ts';
import { type AlgorithmLists, algorithmLists } from '../../keys/algorithms-view.ts';
import type { KmsKey } from '../../keys/key.ts';
import { endDryRun, onKey } from '../../keys/key-operation.ts';
import { cryptographyErrors } from '../errors.ts';
import { requireUse } from '../usage.ts';
import { keyPairOf } from './key-pair.ts';
import { isSignature, makeSignature, type SignedMessage } from './signatures.ts';
import { type SigningAlgorithm, signingAlgorithm } from './signing-algorithms.ts';

interface Input {
  readonly Message: Uint8Array;
  readonly MessageType?: MessageType;
  readonly SigningAlgorithm: string;
}

const contextOf = ({ SigningAlgorithm: algorithm, MessageType: type = 'RAW' }: Input): NeedContext => ({
  'kms:SigningAlgorithm': algorithm,
  'kms:MessageType': type,
});

const signOperation = onKey('Sign', {
  kind: 'read',
  uses: 'Sign',
  takesAliases: true,
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-unsupported'],
  context: contextOf,
  handle(input, key, { materials, random }) {
    const { algorithm, message } = read('Sign', input, key);
    endDryRun(input);
    return materials.use(key, (material) =>
      goOn(makeSignature(keyPairOf(material), algorithm, message, random), (Signature) => ({
        KeyId: key.arn,
        Signature,
        SigningAlgorithm: input.SigningAlgorithm,
      })),
    );
  },
});

const verifyOperation = onKey('Verify', {
  kind: 'read',
  uses: 'Verify',
  takesAliases: true,
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-signature-invalid', 'kms-unsupported'],
  context: contextOf,
  handle(input, key, { materials }) {
    const { algorithm, message } = read('Verify', input, key);
    return materials.use(key, (material) => {
      const isValid = isSignature(keyPairOf(material), algorithm, message, input.Signature);
      if (!isValid) throw new DomainError('kms-signature-invalid', '', {});
      endDryRun(input);
      return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
    });
  },
});

const getPublicKey = onKey('GetPublicKey', {
  kind: 'read',
  takesAliases: true,
  acrossAccounts: true,
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-key-unavailable', 'kms-unsupported'],
  handle(_input, key, { materials }) {
    if (!isPair(key)) {
      const message = `${key.arn} key spec is ${key.spec} which is not valid for GetPublicKey.`;
      throw new DomainError('kms-unsupported', message, {});
    }
    return materials.use(key, (material) => ({
      KeyId: key.arn,
      PublicKey: keyPairOf(material).publicKey.export({ type: 'spki', format: 'der' }),
      // The older name of the same, which has fewer values.
      CustomerMasterKeySpec: key.spec as 'RSA_2048',
      KeySpec: key.spec as KeySpec,
      KeyUsage: key.usage as KeyUsageType,
      // A key pair has no MACs.
      ...(algorithmLists(key) as Omit<AlgorithmLists, 'MacAlgorithms'>),
    }));
  },
});

/** Throws kms-key-usage-invalid, and what `requireType` throws. */
function read(operation: string, input: Input, key: KmsKey): { algorithm: SigningAlgorithm; message: SignedMessage } {
  const { SigningAlgorithm: name, MessageType: type = 'RAW', Message: bytes } = input;
  if (name === 'ED25519_PH_SHA_512' && key.spec === 'ECC_NIST_EDWARDS25519') throw noneOfRuntime(name);
  requireUse(key, { operation, usage: 'SIGN_VERIFY', member: 'SigningAlgorithm', algorithm: name });
  const algorithm = signingAlgorithm(name);
  requireType(name, algorithm, type, bytes);
  return { algorithm, message: { bytes, isDigest: type === 'DIGEST' } };
}

/** Throws validation-failed for a type that the algorithm does not take, kms-unsupported for one that OpenSSL hides. */
function requireType(name: string, algorithm: SigningAlgorithm, type: MessageType, bytes: Uint8Array): void {
  if (type === 'RAW') return;
  if (type === 'EXTERNAL_MU' && algorithm.scheme === 'ml-dsa') throw noneOfRuntime(`MessageType ${type}`);
  if (type === 'EXTERNAL_MU' || !('digestBytes' in algorithm)) {
    throw new DomainError('validation-failed', `MessageType ${type} is not valid for algorithm ${name}.`, {});
  }
  if (bytes.length === algorithm.digestBytes) return;
  throw new DomainError('validation-failed', `Digest is invalid length for algorithm ${name}.`, {});
}

function noneOfRuntime(what: string): DomainError {
  const message = `${what} is not served: the runtime of this Sallyport (Node ${process.version}) does not offer it.`;
  return new DomainError('kms-unsupported', message, {});
}

function isPair({ spec }: KmsKey): boolean {
  return spec !== 'SYMMETRIC_DEFAULT' && !spec.startsWith('HMAC_');
}

export const signOperations = { Sign: signOperation, Verify: verifyOperation, GetPublicKey: getPublicKey };
