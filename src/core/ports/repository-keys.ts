// Asked by the registry; answered by services/kms: which customer key guards a repository, and whether it may be used.

import type { RegistryRef } from '../account.ts';
import type { Caller } from '../caller.ts';
import type { Digest } from '../digest.ts';
import type { MaybePromise } from '../operation.ts';
import type { KeyDomainId } from './key-ring.ts';

/** What is read needs `kms:Decrypt`; what is written needs `kms:GenerateDataKey` besides. */
export type RepositoryUse = 'read' | 'write';

/** What is read or written, for the record of the use. */
export interface UsedObject {
  readonly kind: 'manifest' | 'layer';
  readonly digest: Digest;
}

export interface KeyChoice {
  readonly type: 'KMS' | 'KMS_DSSE';
  /** As the caller named it; the key that AWS manages for ECR when left out. */
  readonly kmsKey?: string;
  /** What the repository is under now: under the very same it begins a domain of its own, shared with no other. */
  readonly leaving?: { readonly type: string; readonly kmsKey: string | undefined };
}

export interface KeySlot {
  readonly slotId: string;
  /** ARN. */
  readonly kmsKey: string;
  readonly keyDomain: KeyDomainId;
}

export interface SlotOwner {
  readonly registry: RegistryRef;
  readonly arn: string;
}

/** Whoever says no says `kms-unavailable`. */
export interface RepositoryKeys {
  /** Takes a key for a repository, with the caller's rights: all of it or nothing. */
  assign(owner: SlotOwner, choice: KeyChoice, caller: Caller | undefined): Promise<KeySlot>;
  /** Whether the key may be used now, after which the key ring has what it needs. At once when that is known. */
  admit(slotId: string, use: RepositoryUse, object?: UsedObject): MaybePromise<void>;
  /** Gives back what `assign` took, with the caller's rights. Never throws: what cannot be given back stays. */
  release(slotId: string, caller: Caller | undefined): Promise<void>;
  /** The same as ECR itself, which the grants allow. Whether the slot is gone; false may be tried again. */
  retire(slotId: string): Promise<boolean>;
  /** Throws access-denied unless the caller may decrypt by ECR what is under this key, besides kms-unavailable. */
  requireReader(slotId: string, caller: Caller): Promise<void>;
}
