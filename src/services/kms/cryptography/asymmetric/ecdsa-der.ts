// ECDSA signatures in DER: a sequence of two whole numbers, in exactly one spelling.

import { numberOf } from './modular.ts';

const sequence = 0x30;
const integer = 0x02;
/** Lengths from here on take a byte that says how many bytes they have. */
const longFrom = 0x80;

export interface EcdsaSignature {
  readonly r: bigint;
  readonly s: bigint;
}

export function derOf(r: bigint, s: bigint): Buffer {
  const numbers = Buffer.concat([integerOf(r), integerOf(s)]);
  const length = numbers.length < longFrom ? [numbers.length] : [longFrom | 1, numbers.length];
  return Buffer.concat([Buffer.from([sequence, ...length]), numbers]);
}

/** Undefined for what is no signature, is spelt another way or has a number that is not below the order. */
export function readDer(bytes: Uint8Array, order: bigint): EcdsaSignature | undefined {
  const start = bytes[1] === (longFrom | 1) ? 3 : 2;
  const first = readInteger(bytes, start);
  const second = first && readInteger(bytes, first.end);
  if (first === undefined || second === undefined) return undefined;
  const [r, s] = [first.value, second.value];
  const isInRange = r > 0n && r < order && s > 0n && s < order;
  // Writing it again tells whether this is the one spelling.
  return isInRange && derOf(r, s).equals(bytes) ? { r, s } : undefined;
}

function integerOf(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return Buffer.concat([Buffer.from([integer, bytes.length + Number(isNegative), ...(isNegative ? [0] : [])]), bytes]);
}

function readInteger(bytes: Uint8Array, at: number): { readonly value: bigint; readonly end: number } | undefined {
  const start = at + 2;
  const end = start + (bytes[at + 1] ?? 0);
  if (bytes[at] !== integer || end === start || end > bytes.length) return undefined;
  return { value: numberOf(bytes.subarray(start, end)), end };
}
