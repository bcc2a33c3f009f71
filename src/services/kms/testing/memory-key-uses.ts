// For tests: a KMS of a few keys in memory, each use of which can be switched off, and what was asked of it.

import type { Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { EncryptionContext, KeyUses } from '#core/ports/key-uses.ts';
import { systemRandom } from '#core/random.ts';
import { canonicalContext } from '../cryptography/encryption-context.ts';
import { nonceBytes, openWith, sealWith } from '../sealing.ts';

export interface MemoryKeyUses extends KeyUses {
  /** By ARN; what is in `refused` throws. */
  readonly keys: Map<
    string,
    { readonly bytes: Buffer; readonly refused: Set<string>; spec?: string; enabled?: boolean }
  >;
  readonly grants: Map<
    string,
    { readonly keyArn: string; readonly caller: Caller; readonly subset: EncryptionContext }
  >;
  /** Every call but `check`, in order. */
  readonly calls: string[];
}

export function memoryKeyUses(...arns: readonly string[]): MemoryKeyUses {
  const keys: MemoryKeyUses['keys'] = new Map(
    arns.map((arn) => [arn, { bytes: systemRandom.bytes(32), refused: new Set<string>() }]),
  );
  const grants: MemoryKeyUses['grants'] = new Map();
  const calls: string[] = [];
  const keyOf = (arn: string, operation: string) => {
    const key = keys.get(arn);
    if (key === undefined) throw new DomainError('kms-key-not-found', `Key '${arn}' does not exist`, {});
    if (key.refused.has(operation)) throw new DomainError('kms-key-disabled', `${arn} is disabled.`, {});
    return key;
  };
  const called = (arn: string, operation: string) => {
    calls.push(operation);
    return keyOf(arn, operation);
  };
  return {
    keys,
    grants,
    calls,
    async generateDataKey({ keyArn, context }) {
      const { bytes } = called(keyArn, 'GenerateDataKey');
      const plaintext = systemRandom.bytes(32);
      const nonce = systemRandom.bytes(nonceBytes);
      return { plaintext, ciphertext: sealWith(bytes, nonce, canonicalContext(context), plaintext) };
    },
    async decrypt({ keyArn, context }, ciphertext) {
      return openWith(called(keyArn, 'Decrypt').bytes, canonicalContext(context), ciphertext);
    },
    check: ({ keyArn }, operation) => void keyOf(keyArn, operation),
    checkCaller: async (_caller, { keyArn }, operation) => void keyOf(keyArn, operation),
    describe(_caller, keyArn) {
      const { spec = 'SYMMETRIC_DEFAULT', enabled = true } = called(keyArn, 'DescribeKey');
      const usage = spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY';
      return { keyArn, spec, usage, isEnabled: enabled };
    },
    async createGrant(caller, { keyArn, subset }) {
      called(keyArn, 'CreateGrant');
      const id = systemRandom.uuid();
      grants.set(id, { keyArn, caller, subset });
      return id;
    },
    async retireGrant(_caller, keyArn, grantId) {
      called(keyArn, 'RetireGrant');
      grants.delete(grantId);
    },
    async retireOwnGrant({ keyArn }, grantId) {
      called(keyArn, 'RetireGrant');
      grants.delete(grantId);
    },
  };
}
