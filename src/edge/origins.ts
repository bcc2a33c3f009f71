// Where a request comes from: the peer of its connection, and what proxies that are trusted say of who stands behind.

import type { IncomingHttpHeaders } from 'node:http';
import { type AddressRange, isInRange, parseAddress } from '#std/ip-addresses.ts';

export interface ProxyRules {
  /** Empty: nobody's word counts. */
  readonly trusted: readonly AddressRange[];
  readonly header: 'x-forwarded-for' | 'forwarded';
}

export interface Origin {
  readonly address: string;
  readonly secure: boolean;
}

/** More proxies than this stand behind one another nowhere. */
const hopsMax = 32;

/** `peer` is the address of who is connected; `secure` says whether that connection is encrypted. */
export type Origins = (headers: IncomingHttpHeaders, peer: string, secure: boolean) => Origin;

/**
 * Headers are read from the right, as each proxy appends: the first address that is no trusted proxy's is the client,
 * and what stands left of it is only what the client says. A hop that cannot be read ends the reading at the proxy.
 */
export function openOrigins({ trusted, header }: ProxyRules): Origins {
  if (trusted.length === 0) return (_headers, peer, secure) => ({ address: plainAddress(peer), secure });
  const isTrusted = trustOf(trusted);
  return (headers, peer, secure) => {
    let address = plainAddress(peer);
    if (!isTrusted(address)) return { address, secure };
    const hops = lastOf(headers[header], hopsMax);
    const addressIn = header === 'forwarded' ? addressOfElement : addressOfEntry;
    for (const hop of hops) {
      const next = addressIn(hop);
      if (next === undefined) break;
      address = next;
      if (!isTrusted(address)) break;
    }
    return { address, secure: header === 'forwarded' ? isHttpsElement(hops[0], secure) : isHttps(headers, secure) };
  };
}

/** True for an address in one of the ranges. */
export function trustOf(trusted: readonly AddressRange[]): (address: string) => boolean {
  return (text) => {
    const address = parseAddress(text);
    return address !== undefined && trusted.some((range) => isInRange(address, range));
  };
}

/** IPv4 that came over an IPv6 socket, as what it is. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The entries of a list in a header, the last one first. */
function lastOf(value: string | readonly string[] | undefined, max: number): readonly string[] {
  const text = typeof value === 'string' ? value : (value?.join(',') ?? '');
  const entries: string[] = [];
  for (let end = text.length; end > 0 && entries.length < max; ) {
    const comma = text.lastIndexOf(',', end - 1);
    entries.push(text.slice(comma + 1, end).trim());
    end = comma;
  }
  return entries;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711`; undefined for anything else. */
function addressOfEntry(entry: string): string | undefined {
  const [, bracketed, withPort] = /^(?:\[([0-9a-fA-F:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(entry) ?? [];
  const address = bracketed ?? withPort ?? entry;
  return parseAddress(address) === undefined ? undefined : plainAddress(address);
}

const pair = /^\s*([a-z]+)=("(?:[^"\\]*)"|[^\s";,=]+)\s*$/i;

/** The value of one parameter of an RFC 7239 element; undefined unless the element is well formed and has it once. */
function parameterOf(element: string, name: string): string | undefined {
  let found: string | undefined;
  for (const part of element.split(';')) {
    const [, key = '', value = ''] = pair.exec(part) ?? [];
    if (key === '' || (key.toLowerCase() === name && found !== undefined)) return undefined;
    if (key.toLowerCase() === name) found = value.startsWith('"') ? value.slice(1, -1) : value;
  }
  return found;
}

function addressOfElement(element: string): string | undefined {
  const value = parameterOf(element, 'for');
  return value === undefined ? undefined : addressOfEntry(value);
}

/** The proxy that is connected to us says how the client reached it. */
function isHttpsElement(element: string | undefined, secure: boolean): boolean {
  const protocol = element === undefined ? undefined : parameterOf(element, 'proto');
  return protocol === undefined ? secure : protocol.toLowerCase() === 'https';
}

/** Where several are named, the request was encrypted only if it was so at each. */
function isHttps(headers: IncomingHttpHeaders, secure: boolean): boolean {
  const protocols = lastOf(headers['x-forwarded-proto'], hopsMax);
  return protocols.length === 0 ? secure : protocols.every((protocol) => protocol.toLowerCase() === 'https');
}
