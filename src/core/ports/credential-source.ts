// Asked by identity, answered by services/iam: long-term access key → who owns it and the secret.

import type { Call, Principal } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active' | 'Inactive';
  readonly principal: Principal;
  /** Why the key is in quarantine, which makes it inactive; undefined for all others. */
  readonly quarantine?: string;
}

export interface CredentialSource {
  /**
   * The credential as it stands now; undefined when the key or its owner does not exist.
   * Returns the identical object while nothing changed, so that callers may cache by identity.
   */
  find(accessKeyId: string): MaybePromise<Credential | undefined>;
}

/** A request that was refused because its key is in quarantine. */
export interface QuarantinedUse {
  readonly accessKeyId: string;
  readonly reason: string;
  /** Whether it showed the secret or a token; false when it only named the key. */
  readonly isProved: boolean;
  readonly call: Call;
}
