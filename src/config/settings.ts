// Every key of the configuration: one table of path, meaning, default and how a value is read.

import { limits } from '#core/limits.ts';
import { parseAwsKms } from './aws-kms-parser.ts';
import {
  parseAccount,
  parseHostName,
  parseHostPort,
  parseIssuerName,
  parseRegionName,
  parseUrl,
} from './name-parsers.ts';
import { parseBytes, parseCount, parseSeconds, parseWorkers } from './number-parsers.ts';
import { parseOrganization } from './organization-parser.ts';
import { type Parser, parseBoolean, parseChoice, parseListOf, parsePath } from './parsers.ts';
import { parseLivesByAccount, parsePkcs11, parseRanges, parseTls, parseVanityHosts } from './structured-parsers.ts';

export interface Setting {
  /** Dotted path in sallyport.yaml. */
  readonly path: string;
  readonly doc: string;
  readonly parse: Parser;
  /** As one would write it in the file; undefined when the default depends on something else, which `doc` says. */
  readonly fallback: unknown;
  readonly environment?: string;
  readonly flag?: string;
}

const seconds = (ms: number) => ms / 1000;

export const settings: readonly Setting[] = [
  {
    path: 'data',
    doc: 'The folder that holds everything: database, blobs, keys, audit log, credentials.',
    parse: parsePath,
    fallback: './data',
    environment: 'SALLYPORT_DATA',
    flag: '--data',
  },
  {
    path: 'listen',
    doc: 'HOST:PORT of the registry and the AWS APIs; port 0 picks a free one.',
    parse: parseHostPort,
    fallback: '127.0.0.1:5000',
    environment: 'SALLYPORT_LISTEN',
    flag: '--listen',
  },
  {
    path: 'managementListen',
    doc: 'HOST:PORT of /livez, /readyz and /metrics, or off. Port 0 picks a free one.',
    parse: (value) => (value === 'off' || value === false ? 'off' : parseHostPort(value)),
    fallback: '127.0.0.1:0',
  },
  {
    path: 'workers',
    doc: 'How many processes serve requests, on a machine with that many cores. Limits on requests hold for each.',
    parse: parseWorkers,
    fallback: 1,
    environment: 'SALLYPORT_WORKERS',
    flag: '--workers',
  },
  {
    path: 'publicUrl',
    doc: 'How clients reach this site, such as https://registry.example.com. Default: the address listened on.',
    parse: parseUrl,
    fallback: undefined,
  },
  {
    path: 'domains',
    doc: 'Domains of registry hosts: <account>.dkr.ecr.<region>.<domain>. The first one is used in answers.',
    parse: parseListOf(parseHostName),
    fallback: ['localhost'],
  },
  {
    path: 'vanityHosts',
    doc: 'Further host names, each mapped to a registry: {a.example.com: {account: "…", region: "…"}} (default: home).',
    parse: parseVanityHosts,
    fallback: {},
  },
  {
    path: 'account',
    doc: 'The home account of a new site. Default: twelve random digits, made at the first start and kept.',
    parse: parseAccount,
    fallback: undefined,
  },
  { path: 'region', doc: 'The home region.', parse: parseRegionName, fallback: 'us-east-1' },
  {
    path: 'regions',
    doc: 'All regions that this site serves. Default: the home region only.',
    parse: parseListOf(parseRegionName),
    fallback: undefined,
  },
  {
    path: 'tls',
    doc: 'off, self-signed (a local CA is made once), or {certificate: FILE, key: FILE}, reloaded when they change.',
    parse: parseTls,
    fallback: 'off',
  },
  {
    path: 'allowPlaintext',
    doc: 'Lets a listener beyond loopback start without TLS. Passwords then travel in clear.',
    parse: parseBoolean,
    fallback: false,
  },
  {
    path: 'organization',
    doc: 'Guardrails by unit and account: {id, managementAccount, units, accounts}; see docs/design/access.md.',
    parse: parseOrganization,
    fallback: undefined,
  },
  {
    path: 'proxies.trusted',
    doc: 'Addresses or networks (10.0.0.0/8) of proxies whose word on source address and TLS counts. Default: none.',
    parse: parseRanges,
    fallback: undefined,
  },
  {
    path: 'proxies.header',
    doc: 'In which header trusted proxies name the client: x-forwarded-for or forwarded.',
    parse: parseChoice('x-forwarded-for', 'forwarded'),
    fallback: 'x-forwarded-for',
  },
  {
    path: 'proxies.proxyProtocol',
    doc: 'Every connection begins with a PROXY protocol header (1 or 2) from a trusted proxy; others are closed.',
    parse: parseBoolean,
    fallback: false,
  },
  {
    path: 'oci.mode',
    doc: 'Where ECR and the OCI specification disagree: strict follows the specification, ecr follows ECR.',
    parse: parseChoice('strict', 'ecr'),
    fallback: 'strict',
  },
  {
    path: 'tokens.registryLifeSeconds',
    doc: 'How long a password from get-login-password lives.',
    parse: parseSeconds(limits.registryTokenLifeMsMin, limits.registryTokenLifeMs),
    fallback: seconds(limits.registryTokenLifeMs),
  },
  {
    path: 'tokens.registryLifeSecondsByAccount',
    doc: 'The same for single accounts: {"111122223333": 3600}. Policies can bound it further.',
    parse: parseLivesByAccount,
    fallback: {},
  },
  {
    path: 'tokens.downloadLifeSeconds',
    doc: 'How long the URL from GetDownloadUrlForLayer lives.',
    parse: parseSeconds(1000, 7 * 24 * 3600 * 1000),
    fallback: seconds(limits.downloadUrlLifeMs),
  },
  {
    path: 'audit.budgetBytes',
    doc: 'How large the audit log may grow. When it is used up every call is refused until there is room again.',
    parse: parseBytes,
    fallback: limits.auditBudgetBytes,
  },
  {
    path: 'audit.documents',
    doc: 'How policies stand in the audit files: sealed, which sallyport audit read opens, or clear for raw shipping.',
    parse: parseChoice('sealed', 'clear'),
    fallback: 'sealed',
  },
  {
    path: 'uploads.idleSeconds',
    doc: 'How long an upload that nobody touches is kept.',
    parse: parseSeconds(60_000, 30 * 24 * 3600 * 1000),
    fallback: seconds(limits.uploadIdleMs),
  },
  {
    path: 'keys.cacheSeconds',
    doc: 'How long a process keeps opened keys: KMS keys, what they open, keys of registries. 0: it opens at each use.',
    parse: parseSeconds(0, 3600 * 1000),
    fallback: seconds(limits.keyCacheMs),
  },
  {
    path: 'keys.awsKms',
    doc: 'A key of another KMS for the root key: {key, region, endpoint, …}; see docs/design/root-of-trust.md.',
    parse: parseAwsKms,
    fallback: undefined,
  },
  {
    path: 'keys.pkcs11',
    doc: 'An HSM for the root key: {module, token, key, pinFile, binding}; see docs/design/root-of-trust.md.',
    parse: parsePkcs11,
    fallback: undefined,
  },
  {
    path: 'keys.rootCacheSeconds',
    doc: 'How long the site serves on when the HSM or KMS that keeps its root key does not answer; 0: not at all.',
    parse: parseSeconds(0, 24 * 3600_000),
    fallback: seconds(limits.rootKeyCacheMs),
  },
  {
    path: 'webIdentity.authorities',
    doc: 'A file of PEM certificates of authorities that OIDC providers are trusted by, beside the public ones.',
    parse: parsePath,
    fallback: undefined,
  },
  {
    path: 'webIdentity.allowLoopback',
    doc: 'Lets OIDC providers be on this very host, there also without TLS: for tests.',
    parse: parseBoolean,
    fallback: false,
  },
  {
    path: 'webIdentity.sharedIssuers',
    doc: 'Issuers, without https://, that strangers have tokens of too: roles must say whose. Default: the known ones.',
    parse: parseListOf(parseIssuerName),
    fallback: undefined,
  },
  {
    path: 'connections.max',
    doc: 'How many connections there may be; more are closed at once.',
    parse: parseCount(16, 1_000_000),
    fallback: limits.connectionsMax,
  },
  {
    path: 'connections.perAddressMax',
    doc: 'How many of them from one address. Behind a proxy every client has the address of the proxy.',
    parse: parseCount(1, 1_000_000),
    fallback: limits.connectionsPerAddressMax,
  },
  {
    path: 'connections.headSeconds',
    doc: "How long a request's head may take to arrive.",
    parse: parseSeconds(1000, 600_000),
    fallback: seconds(limits.headTimeoutMs),
  },
  {
    path: 'connections.bytesPerSecondMin',
    doc: 'A body or an answer that moves fewer bytes a second than this is slow.',
    parse: parseCount(1, 1_000_000),
    fallback: limits.transferBytesPerSecondMin,
  },
  {
    path: 'connections.slowSeconds',
    doc: 'How long a transfer may be slow before it is ended. Time in which the client waits for us does not count.',
    parse: parseSeconds(1000, 3600_000),
    fallback: seconds(limits.transferSlowMs),
  },
  {
    path: 'requests.openMax',
    doc: 'How many requests may be open at once; more are refused with Retry-After.',
    parse: parseCount(16, 1_000_000),
    fallback: limits.openRequestsMax,
  },
  {
    path: 'requests.openPerAddressMax',
    doc: 'How many of them from one address. Behind a proxy every client has the address of the proxy.',
    parse: parseCount(1, 1_000_000),
    fallback: limits.openRequestsPerAddressMax,
  },
  {
    path: 'requests.openPerPrincipalMax',
    doc: 'How many of them by one principal.',
    parse: parseCount(1, 1_000_000),
    fallback: limits.openRequestsPerPrincipalMax,
  },
  {
    path: 'requests.refusalDelaySecondsMax',
    doc: 'How long refusals of wrong credentials are held back at most, once an address has shown many. 0: never.',
    parse: parseSeconds(0, 60_000),
    fallback: seconds(limits.proofDelayMsMax),
  },
  {
    path: 'collection.graceSeconds',
    doc: 'How long a layer that no image refers to is kept: longer than the longest push.',
    parse: parseSeconds(60_000, 30 * 24 * 3600 * 1000),
    fallback: seconds(limits.collectionGraceMs),
  },
  {
    path: 'collection.intervalSeconds',
    doc: 'How often collection runs.',
    parse: parseSeconds(1000, 7 * 24 * 3600 * 1000),
    fallback: 600,
  },
  {
    path: 'shutdown.graceSeconds',
    doc: 'How long running requests may take to finish after SIGTERM.',
    parse: parseSeconds(0, 3600 * 1000),
    fallback: seconds(limits.shutdownGraceMs),
  },
];

/** The one key that is not in the file: where the file is. */
export const configFileSetting = { environment: 'SALLYPORT_CONFIG', flag: '--config' } as const;
