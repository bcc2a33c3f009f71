// What the site's configuration says of identity providers, and the trust in them that is refused.

import { openToStrangers } from '#access/shared-issuers.ts';
import { DomainError } from '#core/errors.ts';
import { requirePolicy } from '../documents.ts';

export interface FederationSettings {
  /** Lets providers on this very host do without TLS. */
  readonly allowsPlain: boolean;
  /** Issuers whose tokens strangers can have too, beside the known ones; without scheme. */
  readonly sharedIssuers: readonly string[];
}

/** Throws malformed-policy for a trust policy that lets in whoever has a token of a shared issuer, or that is none. */
export function refuseStrangers(trustPolicy: string, { sharedIssuers }: FederationSettings): void {
  for (const statement of requirePolicy(trustPolicy, 'trust').statements) {
    const reason = openToStrangers(statement, sharedIssuers);
    if (reason !== undefined) throw new DomainError('malformed-policy', reason, {});
  }
}
