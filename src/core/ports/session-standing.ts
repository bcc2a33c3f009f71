// Asked by identity at every call with an issued proof, answered by services/iam: whether it still counts.

import type { Principal } from '../caller.ts';
import type { MaybePromise } from '../operation.ts';

/** A proof that this site issued: a session's signature, a registry token, a download token. */
export interface IssuedProof {
  readonly principal: Principal;
  /** The long-term key or the session's own key that it was made with. */
  readonly accessKeyId: string;
  readonly issuedAtMs: number;
  /** Where the call that it was issued to came from. */
  readonly sourceAddress: string;
  /** Of a registry token. */
  readonly tokenId?: string;
  /** Of a token that is good once: for how long from its first use. */
  readonly onceMs?: number;
  /** Where the call comes from that brings the proof now; undefined when nobody brings it and it is only looked at. */
  readonly usedFrom?: string;
}

export interface SessionStanding {
  /**
   * Why the proof counts no more (revoked, or the role or user is gone), for the log only; undefined while it stands.
   * Answered from memory while nothing changed.
   */
  endOf(proof: IssuedProof): MaybePromise<string | undefined>;
}
