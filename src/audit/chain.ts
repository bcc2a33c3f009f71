// The hash chain of the audit log: every batch of lines ends with a seal that authenticates it and names the seal
// before it. One HMAC a batch keeps it cheap; one CRC a line lets verification name the line that was changed.

import { createHmac, type Hmac } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ChainHead } from '#core/ports/audit-sink.ts';

/** A seal as it stands in the log, after its batch. */
export interface Seal {
  /** The sequence number of the batch's first line; the first line of a log is 1. */
  readonly first: number;
  /** CRC-32 of each line of the batch, line feed included. */
  readonly crc: readonly number[];
  /** The MAC of the seal before this one; 64 zeros at the start. */
  readonly previous: string;
  readonly mac: string;
}

/** The head of a log without lines. */
export const chainStart: ChainHead = { sequence: 0, mac: '0'.repeat(64) };

const sealPrefix = '{"seal":';
const macPattern = /^[0-9a-f]{64}$/;

/** The MAC of a batch: give it the batch's lines, then their `signedText`, then ask for the digest. */
export function batchMac(macKey: Buffer): Hmac {
  return createHmac('sha256', macKey);
}

/** The seal in a whole line (with its line feed); undefined unless every byte is as it would be written. */
export function parseSeal(line: Buffer): Seal | undefined {
  if (line.length < sealPrefix.length || line.toString('latin1', 0, sealPrefix.length) !== sealPrefix) return undefined;
  const text = line.toString('latin1');
  const members = sealMembers(text);
  if (members === undefined) return undefined;
  const { first, crc, previous, mac } = members;
  if (!isCount(first) || !Array.isArray(crc) || !crc.every(isCount) || !isMac(previous) || !isMac(mac))
    return undefined;
  const signed = signedText(first, crc.length, crc.join(','), previous);
  return signed + macText(mac) === text ? { first, crc, previous, mac } : undefined;
}

/**
 * The head after `lines[end - 1]`, when that is a seal and the lines before it are the batch that it names (by their
 * CRCs: this finds what a crash tore, not what a forger made). Undefined otherwise.
 */
export function headAt(lines: readonly Buffer[], end: number): ChainHead | undefined {
  const line = lines[end - 1];
  const seal = line === undefined ? undefined : parseSeal(line);
  if (seal === undefined) return undefined;
  const start = end - 1 - seal.crc.length;
  const whole = start >= 0 && seal.crc.every((crc, index) => crc === lineCrc(lines[start + index]));
  return whole ? sealHead(seal) : undefined;
}

/** The head after a seal. */
export function sealHead(seal: Seal): ChainHead {
  return { sequence: seal.first + seal.crc.length - 1, mac: seal.mac };
}

function lineCrc(line: Buffer | undefined): number | undefined {
  return line === undefined ? undefined : crc32(line);
}

/** A seal's text up to its MAC: the last bytes that the MAC covers. */
export function signedText(first: number, count: number, crcList: string, previous: string): string {
  return `${sealPrefix}{"first":${first},"count":${count},"crc":[${crcList}],"previous":"${previous}"`;
}

/** What follows that, up to the line feed. */
export function macText(mac: string): string {
  return `,"mac":"${mac}"}}\n`;
}

function sealMembers(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: { readonly seal?: unknown } = JSON.parse(text);
    return typeof parsed.seal === 'object' && parsed.seal !== null ? { ...parsed.seal } : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isMac(value: unknown): value is string {
  return typeof value === 'string' && macPattern.test(value);
}
