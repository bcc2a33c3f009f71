// Reads the header of the PROXY protocol, versions 1 and 2: who is connected to the proxy that connects to us.

import { parseAddress } from '#std/ip-addresses.ts';
import { plainAddress } from './origins.ts';

export type ProxyHeader =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid' }
  /** `source` undefined: the proxy speaks for itself, such as to see whether we live. */
  | { readonly kind: 'complete'; readonly bytes: number; readonly source: string | undefined };

/** Version 1 has at most 107 bytes; version 2 may carry what nobody here reads, and that much of it is enough. */
export const proxyHeaderBytesMax = 16 + 2048;

const textMax = 107;
const textStart = Buffer.from('PROXY ', 'latin1');
const binaryStart = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

const incomplete = { kind: 'incomplete' } as const;
const invalid = { kind: 'invalid' } as const;

/** `received` is what has come so far, from the first byte. Bounded, and never throws. */
export function readProxyHeader(received: Buffer): ProxyHeader {
  if (startsLike(received, textStart)) return received.length < textStart.length ? incomplete : readText(received);
  if (startsLike(received, binaryStart)) return received.length < 16 ? incomplete : readBinary(received);
  return invalid;
}

/** As far as both go. */
function startsLike(received: Buffer, start: Buffer): boolean {
  const length = Math.min(received.length, start.length);
  return received.subarray(0, length).equals(start.subarray(0, length));
}

/** `PROXY TCP4 <source> <destination> <port> <port>\r\n`, or `PROXY UNKNOWN …\r\n`. */
function readText(received: Buffer): ProxyHeader {
  const line = received.subarray(0, textMax).toString('latin1');
  const end = line.indexOf('\r\n');
  if (end < 0) return received.length < textMax ? incomplete : invalid;
  const bytes = end + 2;
  const [, family, source = '', target = '', ...ports] = line.slice(0, end).split(' ');
  if (family === 'UNKNOWN') return { kind: 'complete', bytes, source: undefined };
  const length = family === 'TCP4' ? 4 : family === 'TCP6' ? 16 : 0;
  const isSound = isOfFamily(source, length) && isOfFamily(target, length) && ports.length === 2 && ports.every(isPort);
  return isSound ? { kind: 'complete', bytes, source: plainAddress(source) } : invalid;
}

function isOfFamily(text: string, length: number): boolean {
  return parseAddress(text) !== undefined && text.includes(':') === (length === 16) && length > 0;
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/** 12 bytes of signature, version and command, family, length; then addresses, ports and whatever else. */
function readBinary(received: Buffer): ProxyHeader {
  const [command, family] = [received.readUInt8(12), received.readUInt8(13)];
  const length = received.readUInt16BE(14);
  const bytes = 16 + length;
  if (bytes > proxyHeaderBytesMax || (command !== 0x20 && command !== 0x21)) return invalid;
  if (received.length < bytes) return incomplete;
  const [isV4, isV6] = [family >>> 4 === 1, family >>> 4 === 2];
  if (command === 0x20 || !(isV4 || isV6)) return { kind: 'complete', bytes, source: undefined };
  if ((family & 0x0f) !== 1 || length < (isV4 ? 12 : 36)) return invalid;
  const source = isV4 ? [...received.subarray(16, 20)].join('.') : groupsOf(received.subarray(16, 32));
  return { kind: 'complete', bytes, source: plainAddress(source) };
}

/** IPv4 within IPv6 is spelt so that it is recognised. */
function groupsOf(address: Buffer): string {
  const isMapped = address.subarray(0, 10).every((byte) => byte === 0) && address.readUInt16BE(10) === 0xffff;
  if (isMapped) return `::ffff:${[...address.subarray(12)].join('.')}`;
  return Array.from({ length: 8 }, (_, group) => address.readUInt16BE(2 * group).toString(16)).join(':');
}
