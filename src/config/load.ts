// Loads the configuration: defaults, file, environment, flags; remembers where each value is from.

import { resolve } from 'node:path';
import { limits } from '#core/limits.ts';
import type { AwsKmsSetting } from './aws-kms-parser.ts';
import { type Config, ConfigError, type ProxySettings, type WebIdentitySettings } from './config.ts';
import type { HostPort } from './name-parsers.ts';
import { nearest } from './nearest.ts';
import { filesIn, type OrganizationSetting } from './organization-parser.ts';
import { type Given, readConfigFile } from './read-file.ts';
import { UnknownMemberError, ValueError } from './refusals.ts';
import { configFileSetting, type Setting, settings } from './settings.ts';
import type { Pkcs11Setting, TlsSetting, VanityHosts } from './structured-parsers.ts';

export interface ConfigSources {
  /** Values of command-line flags by flag: `{'--listen': '…'}`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
}

/** A value with its origin: `default`, `sallyport.yaml:3`, `SALLYPORT_DATA`, `--data`. */
export interface Origin {
  readonly setting: Setting;
  /** What is in effect, as one would write it in the file; undefined when only a running site knows. */
  readonly value: unknown;
  readonly from: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: readonly Origin[];
}

const absent: Given = { value: undefined, from: 'default' };

/** Throws ConfigError: an unknown key with the nearest known one, a wrong value with what is wanted. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.flags[configFileSetting.flag] ?? exportedValue(configFileSetting.environment, sources);
  const written = file === undefined ? new Map<string, Given>() : readConfigFile(resolve(sources.workingFolder, file));
  const given = new Map(settings.map((setting) => [setting.path, pick(setting, written, sources)]));
  const config = deepFreeze(configOf(given, sources.workingFolder));
  const inEffect: Readonly<Record<string, unknown>> = { data: config.data, regions: config.regions, tls: config.tls };
  const origins = settings.map((setting): Origin => {
    const { value, from } = given.get(setting.path) ?? { value: undefined, from: 'default' };
    return { setting, from, value: inEffect[setting.path] ?? value };
  });
  return { config, origins };
}

/** An empty variable is one that is not set. */
function exportedValue(name: string, { environment }: ConfigSources): string | undefined {
  const value = environment[name];
  return value === '' ? undefined : value;
}

function pick(setting: Setting, written: ReadonlyMap<string, Given>, sources: ConfigSources): Given {
  const { flag = '', environment = '', path, fallback } = setting;
  const flagged = sources.flags[flag];
  if (flagged !== undefined) return { value: flagged, from: flag };
  const exported = exportedValue(environment, sources);
  if (exported !== undefined) return { value: exported, from: environment };
  return written.get(path) ?? { value: fallback, from: 'default' };
}

function parse(setting: Setting, { value, from }: Given): unknown {
  if (value === undefined) return undefined;
  try {
    return setting.parse(value);
  } catch (error) {
    if (error instanceof UnknownMemberError) {
      const place = setting.path + error.at;
      const hint = nearest(error.member, error.known);
      const path = `${place}.${error.member}`;
      throw new ConfigError(`${from}: ${path} is no key of the configuration; did you mean ${place}.${hint}?`);
    }
    if (!(error instanceof ValueError)) throw error;
    throw new ConfigError(`${from}: ${setting.path}${error.at} ${error.message}, not ${shown(error.value)}`);
  }
}

/** On one line, and not longer than helps. */
function shown(value: unknown): string {
  const text = value === undefined ? 'left out' : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** Requests that are not counted come on top of a bound: where that would matter, every one is counted. */
function countedFrom(...bounds: readonly number[]): number {
  const from = limits.openRequestsCountedFrom;
  return bounds.every((bound) => bound >= 4 * from) ? from : 0;
}

function configOf(given: ReadonlyMap<string, Given>, workingFolder: string): Config {
  const values = new Map(settings.map((setting) => [setting.path, parse(setting, given.get(setting.path) ?? absent)]));
  const from = (path: string) => given.get(path)?.from;
  // Each parser in the table returns the type that its key has here.
  const get = <Value>(path: string) => values.get(path) as Value;
  const region = get<string>('region');
  const regions = get<readonly string[] | undefined>('regions') ?? [region];
  if (!regions.includes(region))
    throw new ConfigError(`${from('regions')}: regions must hold the home region ${region}`);
  const vanityHosts = get<VanityHosts>('vanityHosts');
  for (const [host, { region: named }] of Object.entries(vanityHosts)) {
    if (named === undefined || regions.includes(named)) continue;
    throw new ConfigError(`${from('vanityHosts')}: vanityHosts.${host}.region must be one of regions, not "${named}"`);
  }
  const tls = get<TlsSetting>('tls');
  return {
    data: resolve(workingFolder, get<string>('data')),
    listen: get<HostPort>('listen'),
    managementListen: get<HostPort | 'off'>('managementListen'),
    workers: get<number>('workers'),
    publicUrl: get<string | undefined>('publicUrl'),
    domains: get<readonly string[]>('domains'),
    domainsAreGiven: from('domains') !== 'default',
    vanityHosts,
    account: get<string | undefined>('account'),
    region,
    regions,
    tls: typeof tls === 'string' ? tls : inFolder(workingFolder, tls),
    allowPlaintext: get<boolean>('allowPlaintext'),
    organization: filesIn(workingFolder, get<OrganizationSetting | undefined>('organization')),
    proxies: proxiesOf(get, from('proxies.proxyProtocol')),
    ociMode: get<'strict' | 'ecr'>('oci.mode'),
    registryTokenLifeMs: get<number>('tokens.registryLifeSeconds'),
    registryTokenLifeMsByAccount: get<Readonly<Record<string, number>>>('tokens.registryLifeSecondsByAccount'),
    downloadUrlLifeMs: get<number>('tokens.downloadLifeSeconds'),
    auditBudgetBytes: get<number>('audit.budgetBytes'),
    auditDocuments: get<'sealed' | 'clear'>('audit.documents'),
    uploadIdleMs: get<number>('uploads.idleSeconds'),
    keyCacheMs: get<number>('keys.cacheSeconds'),
    collectionGraceMs: get<number>('collection.graceSeconds'),
    collectionIntervalMs: get<number>('collection.intervalSeconds'),
    shutdownGraceMs: get<number>('shutdown.graceSeconds'),
    rootKeyCacheMs: get<number>('keys.rootCacheSeconds'),
    pkcs11: pkcs11Of(workingFolder, get<Pkcs11Setting | undefined>('keys.pkcs11')),
    awsKms: awsKmsOf(workingFolder, get<AwsKmsSetting | undefined>('keys.awsKms')),
    webIdentity: webIdentityOf(get, workingFolder),
    crowd: {
      openMax: get<number>('requests.openMax'),
      openPerAddressMax: get<number>('requests.openPerAddressMax'),
      openPerPrincipalMax: get<number>('requests.openPerPrincipalMax'),
      countedFrom: countedFrom(get<number>('requests.openPerAddressMax'), get<number>('requests.openPerPrincipalMax')),
      startsPerTurn: limits.requestStartsPerTurn,
    },
    failedProofs: {
      delayMsMax: get<number>('requests.refusalDelaySecondsMax'),
      // Small shares of what is open at once, so that what is held takes nobody's place.
      heldMax: Math.min(limits.heldRefusalsMax, Math.floor(get<number>('requests.openMax') / 16)),
      heldPerSourceMax: heldPerSourceMax(get<number>('requests.openPerAddressMax')),
    },
    connections: {
      max: get<number>('connections.max'),
      perAddressMax: get<number>('connections.perAddressMax'),
      pipelinedMax: limits.pipelinedRequestsMax,
      headMs: get<number>('connections.headSeconds'),
      slowMs: get<number>('connections.slowSeconds'),
      bytesPerSecondMin: get<number>('connections.bytesPerSecondMin'),
    },
  };
}

function heldPerSourceMax(openPerAddressMax: number): number {
  return Math.min(limits.heldRefusalsPerSourceMax, Math.floor(openPerAddressMax / 4));
}

type Get = <Value>(path: string) => Value;

function pkcs11Of(folder: string, setting: Pkcs11Setting | undefined): Pkcs11Setting | undefined {
  return setting && { ...setting, module: resolve(folder, setting.module), pinFile: resolve(folder, setting.pinFile) };
}

function awsKmsOf(folder: string, setting: AwsKmsSetting | undefined): AwsKmsSetting | undefined {
  const inside = (file: string | undefined) => (file === undefined ? undefined : resolve(folder, file));
  const { credentialsFile, caBundle } = setting ?? {};
  return setting && { ...setting, credentialsFile: inside(credentialsFile), caBundle: inside(caBundle) };
}

function webIdentityOf(get: Get, workingFolder: string): WebIdentitySettings {
  const authorities = get<string | undefined>('webIdentity.authorities');
  return {
    authorities: authorities === undefined ? undefined : resolve(workingFolder, authorities),
    allowLoopback: get<boolean>('webIdentity.allowLoopback'),
    sharedIssuers: get<readonly string[] | undefined>('webIdentity.sharedIssuers') ?? [],
  };
}

/** Nobody would be let in where the header is asked of trusted proxies and there are none. */
function proxiesOf(get: Get, from: string | undefined): ProxySettings {
  const trusted = get<ProxySettings['trusted'] | undefined>('proxies.trusted') ?? [];
  const proxyProtocol = get<boolean>('proxies.proxyProtocol');
  if (proxyProtocol && trusted.length === 0) {
    throw new ConfigError(`${from}: proxies.proxyProtocol needs proxies.trusted: others' connections are closed`);
  }
  return { trusted, header: get<ProxySettings['header']>('proxies.header'), proxyProtocol };
}

/** Relative paths are those of whoever starts Sallyport, as with `data`. */
function inFolder(folder: string, { certificate, key }: Exclude<TlsSetting, string>) {
  return { certificate: resolve(folder, certificate), key: resolve(folder, key) };
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
