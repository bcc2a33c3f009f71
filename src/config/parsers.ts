// How single values are read. A parser returns the value or throws a ValueError that says what is wanted.

import { parseAccountId, parseRegion } from '#core/account.ts';

export class ValueError extends Error {}

export type Parser = (value: unknown) => unknown;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export type TlsSetting = 'off' | 'self-signed' | { readonly certificate: string; readonly key: string };

function wanted(what: string): never {
  throw new ValueError(`must be ${what}`);
}

function text(value: unknown, what: string): string {
  return typeof value === 'string' && value !== '' ? value : wanted(what);
}

export function parsePath(value: unknown): string {
  return text(value, 'a path');
}

/** `HOST:PORT`, `[::1]:5000` for IPv6. */
export function parseHostPort(value: unknown): HostPort {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([a-zA-Z0-9.-]+)):(\d{1,5})$/.exec(text(value, 'HOST:PORT'));
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : wanted('HOST:PORT, such as 127.0.0.1:5000');
}

export function parseUrl(value: unknown): string {
  const given = text(value, 'a URL');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain =
    url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isPlain && isHttp ? url.origin : wanted('http:// or https:// and a host, without a path');
}

export function parseHostName(value: unknown): string {
  const name = text(value, 'a host name').toLowerCase();
  const good = name.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
  return good ? name : wanted('a host name');
}

export function parseAccount(value: unknown): string {
  // YAML reads twelve bare digits as a number; leading zeros would be lost, so only a string is taken.
  return (typeof value === 'string' ? parseAccountId(value) : undefined) ?? wanted('twelve digits in quotes');
}

export function parseRegionName(value: unknown): string {
  return parseRegion(text(value, 'a region')) ?? wanted('a region such as us-east-1');
}

export function parseBoolean(value: unknown): boolean {
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : wanted('true or false');
}

export function parseChoice(...choices: readonly string[]): Parser {
  return (value) => (choices.includes(String(value)) ? value : wanted(choices.join(' or ')));
}

/** Seconds in the file, milliseconds inside. */
export function parseSeconds(minMs: number, maxMs: number): Parser {
  return (value) => {
    const ms = typeof value === 'number' ? value * 1000 : Number.NaN;
    if (ms >= minMs && ms <= maxMs) return ms;
    return wanted(`a number of seconds from ${minMs / 1000} to ${maxMs / 1000}`);
  };
}

export function parseBytes(value: unknown): number {
  const good = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1024 * 1024;
  return good ? value : wanted('a whole number of bytes, at least 1048576');
}

export function parseListOf(one: Parser): Parser {
  return (value) => {
    if (!Array.isArray(value) || value.length === 0) wanted('a list that is not empty');
    return (value as readonly unknown[]).map(one);
  };
}

export function parseTls(value: unknown): TlsSetting {
  if (value === 'off' || value === 'self-signed') return value;
  if (value === false) return 'off';
  const { certificate, key, ...more } = record(value, 'off, self-signed or {certificate, key}');
  if (Object.keys(more).length > 0) wanted('off, self-signed or {certificate, key}');
  return { certificate: text(certificate, 'a certificate file'), key: text(key, 'a key file') };
}

export type VanityHosts = Readonly<Record<string, { readonly account: string; readonly region: string | undefined }>>;

export function parseVanityHosts(value: unknown): VanityHosts {
  const hosts: Record<string, { account: string; region: string | undefined }> = {};
  for (const [host, mapped] of Object.entries(record(value, 'a map from host names'))) {
    const { account, region, ...more } = record(mapped, '{account, region}');
    if (Object.keys(more).length > 0) wanted('{account, region} for each host');
    const name = parseHostName(host);
    hosts[name] = {
      account: parseAccount(account),
      region: region === undefined ? undefined : parseRegionName(region),
    };
  }
  return hosts;
}

function record(value: unknown, what: string): Record<string, unknown> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : wanted(what);
}
