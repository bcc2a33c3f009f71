// GenerateMac and VerifyMac.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { MacAlgorithmSpec } from '@aws-sdk/client-kms';
import { DomainError } from '#core/errors.ts';
import type { NeedContext } from '#core/need.ts';
import type { KmsKey } from '../../keys/key.ts';
import { endDryRun, onKey } from '../../keys/key-operation.ts';
import type { Material } from '../../material/materials.ts';
import { cryptographyErrors } from '../errors.ts';
import { requireUse } from '../usage.ts';

interface Input {
  readonly Message: Uint8Array;
  readonly MacAlgorithm: MacAlgorithmSpec;
}

const contextOf = ({ MacAlgorithm: algorithm }: Input): NeedContext => ({ 'kms:MacAlgorithm': algorithm });

const generateMac = onKey('GenerateMac', {
  kind: 'read',
  uses: 'GenerateMac',
  takesAliases: true,
  acrossAccounts: true,
  errors: cryptographyErrors,
  context: contextOf,
  handle(input, key, { materials }) {
    requireMac(key, 'GenerateMac', input);
    endDryRun(input);
    return materials.use(key, (material) => ({
      KeyId: key.arn,
      Mac: macOf(material, input),
      MacAlgorithm: input.MacAlgorithm,
    }));
  },
});

const verifyMac = onKey('VerifyMac', {
  kind: 'read',
  uses: 'VerifyMac',
  takesAliases: true,
  acrossAccounts: true,
  errors: [...cryptographyErrors, 'kms-mac-invalid'],
  context: contextOf,
  handle(input, key, { materials }) {
    requireMac(key, 'VerifyMac', input);
    return materials.use(key, (material) => {
      const mac = macOf(material, input);
      // Its length is no secret; where it begins to differ is.
      const isSame = mac.length === input.Mac.length && timingSafeEqual(mac, input.Mac);
      if (!isSame) throw new DomainError('kms-mac-invalid', '', {});
      endDryRun(input);
      return { KeyId: key.arn, MacValid: true, MacAlgorithm: input.MacAlgorithm };
    });
  },
});

function requireMac(key: KmsKey, operation: string, { MacAlgorithm: algorithm }: Input): void {
  requireUse(key, { operation, usage: 'GENERATE_VERIFY_MAC', member: 'MacAlgorithm', algorithm });
}

/** `HMAC_SHA_256` is SHA-256's. */
function macOf({ bytes }: Material, { MacAlgorithm: algorithm, Message: message }: Input): Buffer {
  return createHmac(`sha${algorithm.slice('HMAC_SHA_'.length)}`, bytes)
    .update(message)
    .digest();
}

export const macOperations = { GenerateMac: generateMac, VerifyMac: verifyMac };
