// Which addresses an identity provider may have. Its URL is an administrator's word; the URL of its keys is its own.

import { isInRange, parseAddress, parseRange } from '#std/ip-addresses.ts';

/** Addresses that nobody's identity provider has, but that a cloud's metadata service or this host may have. */
const closed = ['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8']
  .map(parseRange)
  .filter((range) => range !== undefined);

const loopback = ['127.0.0.0/8', '::1/128'].map(parseRange).filter((range) => range !== undefined);

/** Private addresses may be reached: on one's own premises that is where identity providers are. */
export function isReachable(address: string, allowsLoopback: boolean): boolean {
  const parsed = parseAddress(address);
  if (parsed === undefined || closed.some((range) => isInRange(parsed, range))) return false;
  return allowsLoopback || !loopback.some((range) => isInRange(parsed, range));
}

/** True for `127.0.0.1`, `[::1]` and `localhost`, as a URL's hostname spells them. */
export function isLoopbackName(hostname: string): boolean {
  const address = parseAddress(bareAddress(hostname));
  return hostname === 'localhost' || (address !== undefined && loopback.some((range) => isInRange(address, range)));
}

/** An IPv6 address without the brackets that it has in a URL. */
export function bareAddress(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}
