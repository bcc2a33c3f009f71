// Asked by identity, answered by services/iam: long-term access key → who owns it and the secret.

import type { Principal } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly status: 'Active' | 'Inactive';
  readonly principal: Principal;
}

export interface CredentialSource {
  /**
   * The credential as it stands now; undefined when the key or its owner does not exist.
   * Returns the identical object while nothing changed, so that callers may cache by identity.
   */
  find(accessKeyId: string): MaybePromise<Credential | undefined>;
}
