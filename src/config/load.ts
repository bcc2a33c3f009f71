// Loads the configuration: defaults, file, environment, flags; remembers where each value is from.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { limits } from '#core/limits.ts';
import { type Config, ConfigError } from './config.ts';
import type { HostPort } from './name-parsers.ts';
import { nearest } from './nearest.ts';
import { ValueError } from './parsers.ts';
import { configFileSetting, type Setting, settings } from './settings.ts';
import type { TlsSetting, VanityHosts } from './structured-parsers.ts';

export interface ConfigSources {
  /** Values of command-line flags by flag: `{'--listen': '…'}`. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
}

/** A value with its origin: `default`, `sallyport.yaml:3`, `SALLYPORT_DATA`, `--data`. */
export interface Origin {
  readonly setting: Setting;
  readonly value: unknown;
  readonly from: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: readonly Origin[];
}

interface Given {
  readonly value: unknown;
  readonly from: string;
}

/** Throws ConfigError: an unknown key with the nearest known one, a wrong value with what is wanted. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const file = sources.flags[configFileSetting.flag] ?? sources.environment[configFileSetting.environment];
  const written = file === undefined ? new Map<string, Given>() : readFile(resolve(sources.workingFolder, file));
  const origins = settings.map((setting): Origin => {
    const { value, from } = pick(setting, written, sources);
    return { setting, from, value: value === undefined ? undefined : parse(setting, value, from) };
  });
  return { config: Object.freeze(configOf(origins, sources.workingFolder)), origins };
}

function pick(setting: Setting, written: ReadonlyMap<string, Given>, sources: ConfigSources): Given {
  const { flag = '', environment = '', path, fallback } = setting;
  const flagged = sources.flags[flag];
  if (flagged !== undefined) return { value: flagged, from: flag };
  const exported = sources.environment[environment];
  if (exported !== undefined && exported !== '') return { value: exported, from: environment };
  return written.get(path) ?? { value: fallback, from: 'default' };
}

function parse(setting: Setting, value: unknown, from: string): unknown {
  try {
    return setting.parse(value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new ConfigError(`${from}: ${setting.path} ${error.message}, not ${JSON.stringify(value)}`);
  }
}

function readFile(file: string): ReadonlyMap<string, Given> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) throw new ConfigError(`${file}: ${problem.message}`);
  const found = new Map<string, Given>();
  if (document.contents === null) return found;
  if (!isMap(document.contents)) throw new ConfigError(`${file} must be a map of keys`);
  collect(document.contents, '', found, (node) => `${file}:${lines.linePos(node.range?.[0] ?? 0).line}`);
  return found;
}

/** Walks maps until a known key is reached; its whole value is that key's. */
function collect(map: YAMLMap, prefix: string, found: Map<string, Given>, place: (node: Node) => string): void {
  for (const { key, value } of map.items) {
    const keyNode = key as Node;
    const name = isScalar(keyNode) ? String(keyNode.value) : '';
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (settings.some((setting) => setting.path === path)) {
      const plain = (value as Node | null)?.toJSON() as unknown;
      found.set(path, { value: plain ?? null, from: place(keyNode) });
    } else if (isMap(value) && settings.some((setting) => setting.path.startsWith(`${path}.`))) {
      collect(value, path, found, place);
    } else {
      const hint = nearest(
        path,
        settings.map((setting) => setting.path),
      );
      throw new ConfigError(`${place(keyNode)}: ${path} is no key of the configuration; did you mean ${hint}?`);
    }
  }
}

function configOf(origins: readonly Origin[], workingFolder: string): Config {
  const values = new Map(origins.map(({ setting, value }) => [setting.path, value]));
  const origin = (path: string) => origins.find(({ setting }) => setting.path === path)?.from;
  // Each parser in the table returns the type that its key has here.
  const get = <Value>(path: string) => values.get(path) as Value;
  const region = get<string>('region');
  const regions = get<readonly string[] | undefined>('regions') ?? [region];
  if (!regions.includes(region))
    throw new ConfigError(`${origin('regions')}: regions must hold the home region ${region}`);
  return {
    data: resolve(workingFolder, get<string>('data')),
    listen: get<HostPort>('listen'),
    managementListen: get<HostPort | 'off'>('managementListen'),
    publicUrl: get<string | undefined>('publicUrl'),
    domains: get<readonly string[]>('domains'),
    domainsAreGiven: origin('domains') !== 'default',
    vanityHosts: get<VanityHosts>('vanityHosts'),
    account: get<string | undefined>('account'),
    region,
    regions,
    tls: get<TlsSetting>('tls'),
    allowPlaintext: get<boolean>('allowPlaintext'),
    ociMode: get<'strict' | 'ecr'>('oci.mode'),
    registryTokenLifeMs: get<number>('tokens.registryLifeSeconds'),
    downloadUrlLifeMs: get<number>('tokens.downloadLifeSeconds'),
    auditBudgetBytes: get<number>('audit.budgetBytes'),
    uploadIdleMs: get<number>('uploads.idleSeconds'),
    collectionGraceMs: get<number>('collection.graceSeconds'),
    collectionIntervalMs: get<number>('collection.intervalSeconds'),
    shutdownGraceMs: get<number>('shutdown.graceSeconds'),
    crowd: {
      openMax: get<number>('requests.openMax'),
      openPerAddressMax: get<number>('requests.openPerAddressMax'),
      openPerPrincipalMax: get<number>('requests.openPerPrincipalMax'),
      countedFrom: limits.openRequestsCountedFrom,
      startsPerTurn: limits.requestStartsPerTurn,
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
