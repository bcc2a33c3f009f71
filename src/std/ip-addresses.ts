// IP addresses and CIDR ranges as numbers. IPv4 inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address it means.

/** Four bytes or sixteen. */
export type Address = readonly number[];

export interface AddressRange {
  readonly address: Address;
  readonly prefixBits: number;
}

/** Undefined when the text is no IPv4 or IPv6 address. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(':')) return parseV4(text);
  const bytes = text.length > 45 ? undefined : parseV6(text);
  return bytes !== undefined && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** `address` or `address/bits`; undefined when it is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(written);
  if (address === undefined) return undefined;
  const bitsMax = address.length * 8;
  if (slash < 0) return { address, prefixBits: bitsMax };
  const bits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(bits)) return undefined;
  const prefixBits = Number(bits) - (address.length === 4 && written.includes(':') ? 96 : 0);
  return prefixBits < 0 || prefixBits > bitsMax ? undefined : { address, prefixBits };
}

/** An IPv4 address is in no IPv6 range, nor the other way round. */
export function isInRange(address: Address, { address: wanted, prefixBits }: AddressRange): boolean {
  if (address.length !== wanted.length) return false;
  const wholeBytes = prefixBits >>> 3;
  for (let index = 0; index < wholeBytes; index += 1) {
    if (address[index] !== wanted[index]) return false;
  }
  const shift = 8 - (prefixBits & 7);
  return shift === 8 || (address[wholeBytes] ?? 0) >>> shift === (wanted[wholeBytes] ?? 0) >>> shift;
}

function parseV4(text: string): Address | undefined {
  if (text.length > 15) return undefined;
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  // A leading zero is refused: some readers take it for octal.
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : undefined;
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = bytesOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? bytesOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail];
}

/** Groups of four hex digits between colons; the last one may be an IPv4 address. */
function bytesOf(text: string, mayEndV4: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (mayEndV4 && index === groups.length - 1 && group.includes('.')) {
      const last = parseV4(group);
      if (last === undefined) return undefined;
      bytes.push(...last);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    }
  }
  return bytes;
}

function isMapped(bytes: Address): boolean {
  return bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}
