// The configuration as the rest of the house sees it: typed, complete, frozen.

import type { AddressRange } from '#std/ip-addresses.ts';
import type { AwsKmsSetting } from './aws-kms-parser.ts';
import type { HostPort } from './name-parsers.ts';
import type { OrganizationSetting } from './organization-parser.ts';
import type { Pkcs11Setting, TlsSetting, VanityHosts } from './structured-parsers.ts';

export interface Config {
  /** Absolute. */
  readonly data: string;
  readonly listen: HostPort;
  readonly managementListen: HostPort | 'off';
  /** How many processes serve requests. */
  readonly workers: number;
  readonly publicUrl: string | undefined;
  readonly domains: readonly string[];
  /** True when somebody wrote domains down: then answers use them for the home registry too. */
  readonly domainsAreGiven: boolean;
  readonly vanityHosts: VanityHosts;
  readonly account: string | undefined;
  readonly region: string;
  readonly regions: readonly string[];
  readonly tls: TlsSetting;
  readonly allowPlaintext: boolean;
  readonly organization: OrganizationSetting | undefined;
  readonly proxies: ProxySettings;
  readonly ociMode: 'strict' | 'ecr';
  readonly registryTokenLifeMs: number;
  /** For accounts with a life of their own. */
  readonly registryTokenLifeMsByAccount: Readonly<Record<string, number>>;
  readonly downloadUrlLifeMs: number;
  readonly auditBudgetBytes: number;
  /** How policies and other documents stand in the audit log's files. */
  readonly auditDocuments: 'sealed' | 'clear';
  readonly uploadIdleMs: number;
  /** How long opened keys are kept in memory; 0: they are opened, and customer keys are asked for, at each use. */
  readonly keyCacheMs: number;
  readonly collectionGraceMs: number;
  readonly collectionIntervalMs: number;
  readonly shutdownGraceMs: number;
  /** How long the site serves on when whoever keeps its root key does not answer; 0: not at all. */
  readonly rootKeyCacheMs: number;
  /** The HSM that keeps, or is to keep, the root key. */
  readonly pkcs11: Pkcs11Setting | undefined;
  /** The key of another KMS that keeps, or is to keep, the root key. */
  readonly awsKms: AwsKmsSetting | undefined;
  readonly webIdentity: WebIdentitySettings;
  readonly crowd: CrowdSettings;
  readonly failedProofs: FailedProofSettings;
  readonly connections: ConnectionSettings;
}

/** Whose word on a client's address counts, and how it is given. */
export interface ProxySettings {
  /** Empty: nobody's. */
  readonly trusted: readonly AddressRange[];
  readonly header: 'x-forwarded-for' | 'forwarded';
  readonly proxyProtocol: boolean;
}

/** Of OIDC providers. */
export interface WebIdentitySettings {
  /** A file of PEM certificates, absolute; undefined for none. */
  readonly authorities: string | undefined;
  readonly allowLoopback: boolean;
  /** Without scheme. */
  readonly sharedIssuers: readonly string[];
}

/** How many connections there may be, and how slow a client may be. */
export interface ConnectionSettings {
  readonly max: number;
  readonly perAddressMax: number;
  readonly pipelinedMax: number;
  readonly headMs: number;
  readonly slowMs: number;
  readonly bytesPerSecondMin: number;
}

/** How many requests may be open at once, and how many begin in one turn of the event loop. */
export interface CrowdSettings {
  readonly openMax: number;
  readonly openPerAddressMax: number;
  readonly openPerPrincipalMax: number;
  readonly countedFrom: number;
  readonly startsPerTurn: number;
}

/** How long refusals of wrong credentials are held, and how many at once. */
export interface FailedProofSettings {
  readonly delayMsMax: number;
  readonly heldMax: number;
  readonly heldPerSourceMax: number;
}

/** A configuration that cannot be used: which key, why, where it was written. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}
