// Asked by services/sts, answered by identity: makes temporary credentials.

import type { Principal, Session } from '../caller.ts';

export interface NewSession {
  /** Whom it acts as; its own `session` is not read. */
  readonly principal: Principal;
  readonly session: Session;
  /** To how many characters the token is filled up at least. */
  readonly tokenCharsMin?: number;
}

export interface TemporaryCredentials {
  /** `ASIA…`; holds the account. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Sealed: what the session is stands in it, so that nothing has to be stored. */
  readonly sessionToken: string;
  readonly expiresAtMs: number;
}

export interface SessionIssuer {
  issue(session: NewSession): TemporaryCredentials;
  /** Bytes that what a session was given takes in its token, once packed. */
  packedBytes(given: Pick<Session, 'policies' | 'policyArns' | 'tags' | 'conditionKeys'>): number;
  /** Seals a text that only this site can read again, such as the reasons of a denial. */
  sealMessage(message: object): string;
  /** What `sealMessage` sealed; undefined for anything else. */
  openMessage(sealed: string): unknown;
}
