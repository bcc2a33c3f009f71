// Asked by services/ecr, answered by identity: makes the credentials that data-plane clients carry.

import type { Caller, DownloadGrant } from '../caller.ts';

export interface IssuedToken {
  /** Opaque, base64url, no `:`; the password for user `AWS`. */
  readonly token: string;
  readonly expiresAtMs: number;
}

/** What makes a registry token less than its maker, and by what it is known. */
export interface TokenScope {
  readonly tokenId: string;
  /** Policy documents; of each something must allow. */
  readonly policies: readonly string[];
}

export interface TokenIssuer {
  /** A registry token that acts as the caller, for `lifeMs` at most and never longer than the caller's session. */
  registryToken(caller: Caller, lifeMs: number, scope?: TokenScope): IssuedToken;
  /** A token for the URL of one layer; permissions are still evaluated when it is used. */
  downloadToken(caller: Caller, grant: DownloadGrant, lifeMs: number): IssuedToken;
}
