// How failures slow down whoever fails: the first are free, then each doubles the time. Also, whose they are.

import { parseAddress } from '#std/ip-addresses.ts';

export interface Patience {
  /** Failures that cost nothing. */
  readonly free: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
}

/** 0 until the free failures are used up; then from `delayMsMin` on twice as long each, up to `delayMsMax`. */
export function growingDelayMs(failures: number, { free, delayMsMin, delayMsMax }: Patience): number {
  const beyond = failures - free;
  return beyond < 0 ? 0 : Math.min(delayMsMin * 2 ** Math.min(beyond, 30), delayMsMax);
}

/** Who has one address of IPv6 has 2^64 of them: its /64 counts. IPv4, also as IPv6 spells it, counts as it is. */
export function sourceOf(address: string): string {
  if (!address.includes(':')) return address;
  const bytes = parseAddress(address);
  if (bytes === undefined || bytes.length === 4) return bytes?.join('.') ?? address;
  return `${Buffer.from(bytes.slice(0, 8)).toString('hex')}/64`;
}
