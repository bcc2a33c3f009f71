// Asked by the registry for what KMS keys guard, answered by services/kms: every use is decided as its door decides.

import type { AccountId } from '../account.ts';
import type { Caller } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** A use by the service principal `ecr.<region of the key>.amazonaws.com`. */
export interface KeyUse {
  readonly keyArn: string;
  /** The account for which it is done: the repository's. */
  readonly accountId: AccountId;
  readonly context: EncryptionContext;
}

export interface MadeDataKey {
  /** 32 bytes. */
  readonly plaintext: Buffer;
  readonly ciphertext: Buffer;
}

export interface WantedGrant {
  readonly keyArn: string;
  readonly operations: readonly string[];
  readonly subset: EncryptionContext;
  readonly name?: string;
}

/**
 * All throw what KMS's operation of the name throws: access-denied and the kinds that begin with `kms-`. `object` is
 * the ARN of what is read or written: it stands in the record and decides nothing.
 */
export interface KeyUses {
  generateDataKey(use: KeyUse, object?: string): MaybePromise<MadeDataKey>;
  decrypt(use: KeyUse, ciphertext: Uint8Array, object?: string): MaybePromise<Buffer>;
  /** Whether it would be allowed now, by state, policy and grants: for data keys that are open already. Not audited. */
  check(use: KeyUse, operation: 'GenerateDataKey' | 'Decrypt'): MaybePromise<void>;
  /** Whether `caller` would be allowed it now, by the service. Not audited. */
  checkCaller(caller: Caller, use: KeyUse, operation: 'Decrypt'): Promise<void>;
  /** With the rights of `caller`: what a name of a key means, and that it may be seen. */
  describe(
    caller: Caller,
    keyId: string,
  ): MaybePromise<{
    readonly keyArn: string;
    readonly spec: string;
    readonly usage: string;
    readonly isEnabled: boolean;
  }>;
  /** With the rights of `caller`, to `ecr.<region>.amazonaws.com`, which also may retire it. Answers the grant's id. */
  createGrant(caller: Caller, grant: WantedGrant): MaybePromise<string>;
  /** With the rights of `caller`, who needs kms:RetireGrant. */
  retireGrant(caller: Caller, keyArn: string, grantId: string): MaybePromise<void>;
  /** As the service itself, which its grants name as the one that may. */
  retireOwnGrant(use: KeyUse, grantId: string): MaybePromise<void>;
}
