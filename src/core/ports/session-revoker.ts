// What ends sessions and registry tokens before their time: asked by Sallyport's own door, answered by services/iam.

import type { AccountId } from '../account.ts';

/**
 * What a revocation ends: `principal` a unique id (`AIDA…`, `AROA…`, or `AROA…:<session name>`), `key` all that an
 * access key led to, `session` one session by its key id or one registry token by its id, `source` what was issued to
 * an address or range, `all` everything of the account.
 */
export type RevocationKind = 'principal' | 'key' | 'session' | 'source' | 'all';

export interface NewRevocation {
  readonly kind: RevocationKind;
  /** Empty for `all`. */
  readonly value: string;
  /** Ends what was issued at this time or earlier; now when left out. */
  readonly beforeMs?: number;
  /** The ARN of who revokes, or words for whoever sits at the host. */
  readonly madeBy: string;
}

export interface SessionRevoker {
  /** Counts on the next request of every process. Throws invalid-input for a value that is not of its kind. */
  revoke(accountId: AccountId, revocation: NewRevocation): Promise<{ readonly before_ms: number }>;
}
