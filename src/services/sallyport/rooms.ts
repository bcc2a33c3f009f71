// What the handlers of Sallyport's own door are given.

import type { Addresses } from '#core/addresses.ts';
import type { Clock } from '#core/clock.ts';
import type { CertificateKey, DeletionCertificates } from '#core/ports/deletion-certificates.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { SessionRevoker } from '#core/ports/session-revoker.ts';
import type { SessionStanding } from '#core/ports/session-standing.ts';
import type { TokenIssuer } from '#core/ports/token-issuer.ts';
import type { Reencryptions } from '#registry/reencryption/reencryptions.ts';
import type { Repositories } from '#registry/registry.ts';
import type { PageTokens } from '#wire/paging.ts';
import type { Denials } from './denials/denials.ts';
import type { IssuedList } from './issued/issued.ts';
import type { Quarantine } from './quarantine/quarantine.ts';
import type { RegistryTokens } from './registry-tokens/registry-tokens.ts';

export interface SallyportRooms {
  readonly denials: Denials;
  readonly policies: PolicySource;
  readonly principals: PrincipalDirectory;
  readonly registryTokens: RegistryTokens;
  readonly tokens: TokenIssuer;
  readonly revocations: SessionRevoker;
  readonly standing: SessionStanding;
  readonly issued: IssuedList;
  readonly quarantine: Quarantine;
  readonly repositories: Repositories;
  readonly reencryptions: Reencryptions;
  readonly deletionCertificates: DeletionCertificates;
  readonly certificateKey: () => Promise<CertificateKey>;
  readonly addresses: Addresses;
  readonly pageTokens: PageTokens;
  readonly clock: Clock;
}
