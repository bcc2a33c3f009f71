// Which doors a site has, and what each is given.

import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';
import { accountOfAccessKeyId } from '#core/key-ids.ts';
import type { Service } from '#core/service.ts';
import { openAddresses } from '#edge/addresses.ts';
import type { Door } from '#gateway/door.ts';
import type { Identity } from '#identity/identity.ts';
import type { Reencryptions } from '#registry/reencryption/reencryptions.ts';
import type { Registry } from '#registry/registry.ts';
import {
  ecrService,
  iamService,
  kmsService,
  ociService,
  organizationsService,
  sallyportService,
  stsService,
} from '#services/index.ts';
import type { Organization } from '#services/organizations/rooms.ts';
import type { SallyportRooms } from '#services/sallyport/rooms.ts';
import { spellCorridorError } from '#wire/corridor-errors.ts';
import { awsJson } from '#wire/json/aws-json.ts';
import { ociErrors } from '#wire/oci/errors.ts';
import { ociFormat } from '#wire/oci/oci-format.ts';
import { pageTokens as openPageTokens } from '#wire/paging.ts';
import { awsQuery } from '#wire/query/aws-query.ts';
import type { Platform, SiteDatabase } from './stores.ts';
import { openWebIdentity } from './web-identity.ts';

export interface DoorsOptions {
  readonly config: Config;
  readonly home: RegistryRef;
  readonly publicUrl: string;
  readonly stores: SiteDatabase;
  readonly registry: Registry;
  readonly reencryptions: Reencryptions;
  readonly identity: Identity;
  readonly platform: Platform;
  /** Undefined where none is configured. */
  readonly organization: Organization | undefined;
  /** What Sallyport's own door is given beside what all are. */
  readonly own: Omit<
    SallyportRooms,
    'addresses' | 'pageTokens' | 'clock' | 'principals' | 'repositories' | 'reencryptions'
  >;
}

export function openSiteDoors(options: DoorsOptions): readonly Door[] {
  const { config, home, publicUrl, stores, registry, reencryptions, identity, platform, own, organization } = options;
  const { mfa, roleDirectory: roles } = stores.iam;
  const { allowLoopback: allowsPlain, sharedIssuers } = config.webIdentity;
  const federation = { allowsPlain, sharedIssuers };
  const pageTokens = openPageTokens(stores.secretOf('page-tokens'));
  const [domain = 'localhost'] = config.domains;
  const addresses = openAddresses({ home, publicUrl, domain, domainIsGiven: config.domainsAreGiven });
  const ecr = ecrService({
    registry,
    tokens: identity.tokens,
    addresses,
    pageTokens,
    registryTokenLifeMs: (accountId) => config.registryTokenLifeMsByAccount[accountId] ?? config.registryTokenLifeMs,
    clock: platform.clock,
    principals: stores.iam.principals,
  });
  const oci: Door = {
    service: ociService({ registry, mode: config.ociMode, pageTokens }) as Service,
    format: ociFormat({ mode: config.ociMode, realm: `${addresses.proxyEndpoint(home)}/` }),
    spell: (kind) => ociErrors(config.ociMode)[kind],
    credential: 'registry-token',
  };
  const spellJson: Door['spell'] = (kind) => spellCorridorError(kind, 'aws-json-1.1');
  const json = (service: Service): Door => ({ service, format: awsJson, spell: spellJson, credential: 'signature' });
  const query = (service: Service): Door => ({
    service,
    format: awsQuery,
    spell: (kind) => spellCorridorError(kind, 'aws-query'),
    credential: 'signature',
  });
  return [
    oci,
    json(ecr as Service),
    query(
      iamService({
        ...stores.iam.rooms,
        pageTokens,
        federation,
        guardrailsOf: own.policies.guardrailsOf,
      }) as Service,
    ),
    json(kmsService({ ...stores.kms.rooms, regions: config.regions, pageTokens }) as Service),
    json(
      sallyportService({
        ...own,
        principals: stores.iam.principals,
        repositories: registry.repositories,
        reencryptions,
        addresses,
        pageTokens,
        clock: platform.clock,
      }) as Service,
    ),
    json(organizationsService({ organization, accounts: stores.iam.accounts, pageTokens }) as Service),
    query(
      stsService({
        accountOfAccessKeyId,
        sessions: identity.sessions,
        roles,
        mfa,
        verifier: openWebIdentity(config, stores, platform),
        clock: platform.clock,
      }) as Service,
    ),
  ];
}
