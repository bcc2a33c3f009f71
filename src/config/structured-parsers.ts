// How values that are maps are read: TLS files and vanity hosts.

import { parseAccount, parseHostName, parseRegionName } from './name-parsers.ts';
import { text, wanted } from './parsers.ts';

export type TlsSetting = 'off' | 'self-signed' | { readonly certificate: string; readonly key: string };

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
