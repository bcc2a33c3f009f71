// Asked by services/ecr, answered by identity: makes the credentials that data-plane clients carry.

import type { Caller, DownloadGrant } from '../caller.ts';

export interface IssuedToken {
  /** Opaque, base64url, no `:`; the password for user `AWS`. */
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface TokenIssuer {
  /** A registry token that acts as the caller, for `lifeMs` at most. */
  registryToken(caller: Caller, lifeMs: number): IssuedToken;
  /** A token for the URL of one layer; permissions are still evaluated when it is used. */
  downloadToken(caller: Caller, grant: DownloadGrant, lifeMs: number): IssuedToken;
}
