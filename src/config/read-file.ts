// Reads sallyport.yaml: which known key stands where, with which value. What the values mean is not its business.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Document, Node, YAMLMap } from 'yaml';
import { ConfigError } from './config.ts';
import { nearest } from './nearest.ts';
import { settings } from './settings.ts';

export interface Given {
  readonly value: unknown;
  /** `default`, `/etc/sallyport.yaml:3`, `SALLYPORT_DATA`, `--data`. */
  readonly from: string;
}

interface Reading {
  readonly document: Document.Parsed;
  readonly found: Map<string, Given>;
  place(node: Node | null): string;
}

type YamlModule = typeof Yaml;

let loaded: YamlModule | undefined;

/** Loaded where there is a file to read: a start without one has seventy modules less to wait for. */
function yaml(): YamlModule {
  loaded ??= createRequire(import.meta.url)('yaml') as YamlModule;
  return loaded;
}

/** Values by the path of their key. Throws ConfigError, in one line, for what is no YAML and for unknown keys. */
export function readConfigFile(file: string): ReadonlyMap<string, Given> {
  const lines = new (yaml().LineCounter)();
  const placeOf = (offset: number) => `${file}:${lines.linePos(offset).line}`;
  const document = yaml().parseDocument(textOf(file), { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new ConfigError(`${placeOf(problem.pos[0])}: ${oneLine(problem.message)}`);
  const found = new Map<string, Given>();
  if (document.contents === null) return found;
  if (!yaml().isMap(document.contents)) throw new ConfigError(`${file} must be a map of keys`);
  collect(document.contents, '', { document, found, place: (node) => placeOf(node?.range?.[0] ?? 0) });
  return found;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Walks maps until a known key is reached; its whole value is that key's. */
function collect(map: YAMLMap, prefix: string, reading: Reading): void {
  for (const { key, value } of map.items) {
    const keyNode = key as Node;
    const name = yaml().isScalar(keyNode) ? String(keyNode.value) : '';
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const below = settings.filter((setting) => setting.path.startsWith(`${path}.`));
    if (settings.some((setting) => setting.path === path)) {
      reading.found.set(path, { value: plainOf(path, value as Node | null, reading), from: reading.place(keyNode) });
    } else if (yaml().isMap(value) && below.length > 0) {
      collect(value, path, reading);
    } else {
      throw new ConfigError(`${reading.place(keyNode)}: ${complaint(path, below)}`);
    }
  }
}

function complaint(path: string, below: ReadonlyArray<{ readonly path: string }>): string {
  const members = below.map((setting) => setting.path).join(', ');
  if (members !== '') return `${path} must be a map of keys: ${members}`;
  const known = settings.map((setting) => setting.path);
  return `${oneLine(path)} is no key of the configuration; did you mean ${nearest(path, known)}?`;
}

/** Aliases are followed, but neither in circles nor without end. */
function plainOf(path: string, value: Node | null, { document, place }: Reading): unknown {
  try {
    const plain: unknown = value?.toJS(document, { maxAliasCount: 100 });
    JSON.stringify(plain);
    return plain ?? null;
  } catch (error) {
    throw new ConfigError(`${place(value)}: ${path} cannot be read: ${oneLine((error as Error).message)}`);
  }
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
