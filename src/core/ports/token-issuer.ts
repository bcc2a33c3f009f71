// Asked by services/ecr, answered by identity: makes the credentials that data-plane clients carry.

import type { Caller, DownloadGrant } from '../caller.ts';

export interface IssuedToken {
  /** Opaque, base64url, no `:`; the password for user `AWS`. */
  readonly token: string;
  readonly expiresAtMs: number;
}

export interface IssuedRegistryToken extends IssuedToken {
  /** By what it can be revoked: `rt-` and 20 hex digits. */
  readonly tokenId: string;
  readonly issuedAtMs: number;
}

/** What makes a registry token less than its maker. */
export interface TokenScope {
  /** Policy documents; of each something must allow. */
  readonly policies: readonly string[];
  /** Good for the first client address that shows it, and for this long from then on; any number of uses without. */
  readonly onceMs?: number;
}

export interface TokenIssuer {
  /** A registry token that acts as the caller, for `lifeMs` at most and never longer than the caller's session. */
  registryToken(caller: Caller, lifeMs: number, scope?: TokenScope): IssuedRegistryToken;
  /** A token for the URL of one layer; permissions are still evaluated when it is used. */
  downloadToken(caller: Caller, grant: DownloadGrant, lifeMs: number): IssuedToken;
}
