// How values with parts are read: TLS files, vanity hosts, address ranges.

import { limits } from '#core/limits.ts';
import { type AddressRange, parseRange } from '#std/ip-addresses.ts';
import { parseAccount, parseHostName, parseRegionName } from './name-parsers.ts';
import { parseSeconds } from './number-parsers.ts';
import { parseListOf, recordOf, text } from './parsers.ts';
import { wanted, within } from './refusals.ts';

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

export interface Pkcs11Setting {
  readonly module: string;
  readonly token: string;
  readonly key: string;
  readonly pinFile: string;
  readonly binding: string;
}

/** Members that are paths are relative to whoever starts Sallyport. */
export function parsePkcs11(value: unknown): Pkcs11Setting {
  const members = ['module', 'token', 'key', 'pinFile', 'binding'];
  const given = recordOf(value, '{module, token, key, pinFile}', members);
  const member = (name: string, what: string, fallback?: string) =>
    within(`.${name}`, () => text(given[name] ?? fallback, what));
  return {
    module: member('module', "a path of the HSM's library"),
    token: member('token', "a token's label"),
    key: member('key', "a key's label", 'sallyport-root'),
    pinFile: member('pinFile', 'a file'),
    binding: member('binding', 'a package or its path', 'pkcs11js'),
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

/** `10.0.0.0/8`, `2001:db8::/32` or single addresses. */
export const parseRanges = parseListOf((value): AddressRange => {
  const range = typeof value === 'string' ? parseRange(value) : undefined;
  return range ?? wanted('an address, or a range such as 10.0.0.0/8', value);
});

/** A map from accounts to seconds; milliseconds inside. */
export function parseLivesByAccount(value: unknown): Readonly<Record<string, number>> {
  const parseLife = parseSeconds(limits.registryTokenLifeMsMin, limits.registryTokenLifeMs);
  const lives: Record<string, number> = {};
  for (const [account, seconds] of Object.entries(recordOf(value, 'a map from accounts'))) {
    within(`.${account}`, () => {
      lives[parseAccount(account)] = parseLife(seconds) as number;
    });
  }
  return lives;
}
