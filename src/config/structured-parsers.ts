// How values that are maps are read: TLS files and vanity hosts.

import { parseAccount, parseHostName, parseRegionName } from './name-parsers.ts';
import { recordOf, text } from './parsers.ts';
import { within } from './refusals.ts';

export type TlsSetting = 'off' | 'self-signed' | { readonly certificate: string; readonly key: string };

export function parseTls(value: unknown): TlsSetting {
  if (value === 'off' || value === 'self-signed') return value;
  if (value === false) return 'off';
  const { certificate, key } = recordOf(value, 'off, self-signed or {certificate, key}', ['certificate', 'key']);
  return {
    certificate: within('.certificate', () => text(certificate, 'a file')),
    key: within('.key', () => text(key, 'a file')),
  };
}

export interface VanityHost {
  /** Undefined: the home account. */
  readonly account: string | undefined;
  /** Undefined: the home region. */
  readonly region: string | undefined;
}

export type VanityHosts = Readonly<Record<string, VanityHost>>;

export function parseVanityHosts(value: unknown): VanityHosts {
  const hosts: Record<string, VanityHost> = {};
  for (const [host, mapped] of Object.entries(recordOf(value, 'a map from host names'))) {
    within(`.${host}`, () => {
      hosts[parseHostName(host)] = parseVanityHost(mapped);
    });
  }
  return hosts;
}

function parseVanityHost(value: unknown): VanityHost {
  const { account, region } = recordOf(value, '{account, region}', ['account', 'region']);
  return {
    account: account === undefined ? undefined : within('.account', () => parseAccount(account)),
    region: region === undefined ? undefined : within('.region', () => parseRegionName(region)),
  };
}
