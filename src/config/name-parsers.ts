// How values that name something are read: addresses, hosts, accounts, regions.

import { parseAccountId, parseRegion } from '#core/account.ts';
import { text } from './parsers.ts';
import { wanted } from './refusals.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, `[::1]:5000` for IPv6. */
export function parseHostPort(value: unknown): HostPort {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([a-zA-Z0-9.-]+)):(\d{1,5})$/.exec(text(value, 'HOST:PORT'));
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65_535 ? { host, port } : wanted('HOST:PORT, such as 127.0.0.1:5000', value);
}

export function parseUrl(value: unknown): string {
  const given = text(value, 'a URL');
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isPlain =
    url !== undefined && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isPlain && isHttp ? url.origin : wanted('http:// or https:// and a host, without a path', value);
}

export function parseHostName(value: unknown): string {
  const name = text(value, 'a host name').toLowerCase();
  const good = name.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
  return good ? name : wanted('a host name', value);
}

/** `gitlab.example.com`, `id.example.com/tenant`. */
export function parseIssuerName(value: unknown): string {
  const name = text(value, 'an issuer');
  return /^[\w.[\]:-]+(\/[\w.~%+=@-]+)*\/?$/.test(name) ? name : wanted('an issuer without https://', value);
}

export function parseAccount(value: unknown): string {
  // YAML reads twelve bare digits as a number; leading zeros would be lost, so only a string is taken.
  return (typeof value === 'string' ? parseAccountId(value) : undefined) ?? wanted('twelve digits in quotes', value);
}

export function parseRegionName(value: unknown): string {
  return parseRegion(text(value, 'a region')) ?? wanted('a region such as us-east-1', value);
}
