// An authenticator app as tests have one: learns a device's seed and shows its codes.

import assert from 'node:assert/strict';
import type { VirtualMFADevice } from '@aws-sdk/client-iam';
import { codeAt, stepAt } from '../../src/services/iam/mfa/totp.ts';

export interface Authenticator {
  readonly serial: string;
  /** The seed as base32, for those who look for it where it must not be. */
  readonly secret: string;
  readonly seed: Buffer;
  /** The code of now, or of so many steps of 30 seconds from now. */
  code(stepsFromNow?: number): string;
}

export function authenticatorOf(device: VirtualMFADevice | undefined): Authenticator {
  const secret = Buffer.from(device?.Base32StringSeed ?? []).toString('latin1');
  assert.match(secret, /^[A-Z2-7]{64}$/);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = Array.from(secret, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const seed = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  return {
    serial: device?.SerialNumber ?? '',
    secret,
    seed,
    code: (stepsFromNow = 0) => codeAt(seed, stepAt(Date.now()) + stepsFromNow),
  };
}
