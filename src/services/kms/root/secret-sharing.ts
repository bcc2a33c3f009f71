// Shamir's secret sharing over GF(2^8), byte by byte: any k of n shares give the secret, k - 1 of them tell nothing.

import type { Random } from '#core/random.ts';
import { invert, multiply } from './field-256.ts';

export interface SharePoint {
  /** From 1 to 255. */
  readonly index: number;
  /** As long as the secret. */
  readonly bytes: Buffer;
}

export const sharesMax = 255;

/** `count` shares of which `threshold` are enough. The polynomials' other coefficients are random. */
export function split(secret: Buffer, threshold: number, count: number, random: Random): readonly SharePoint[] {
  const isSane = threshold >= 2 && threshold <= count && count <= sharesMax;
  if (!isSane) throw new RangeError('2 to 255 shares, of which at least two and at most all are enough');
  const coefficients = [secret, ...Array.from({ length: threshold - 1 }, () => random.bytes(secret.length))];
  const points = Array.from({ length: count }, (_, at): SharePoint => {
    const index = at + 1;
    const bytes = Buffer.alloc(secret.length);
    // Horner: from the highest coefficient down.
    for (const coefficient of coefficients.toReversed()) {
      for (let byte = 0; byte < bytes.length; byte += 1) {
        bytes[byte] = multiply(bytes[byte] ?? 0, index) ^ (coefficient[byte] ?? 0);
      }
    }
    return { index, bytes };
  });
  for (const coefficient of coefficients.slice(1)) coefficient.fill(0);
  return points;
}

/** The secret that these shares, of different indexes, are of. Too few or wrong ones give other bytes. */
export function combine(points: readonly SharePoint[]): Buffer {
  const secret = Buffer.alloc(points[0]?.bytes.length ?? 0);
  for (const { index, bytes } of points) {
    let weight = 1;
    for (const other of points) {
      if (other.index !== index) weight = multiply(weight, multiply(other.index, invert(other.index ^ index)));
    }
    for (let byte = 0; byte < secret.length; byte += 1) {
      secret[byte] = (secret[byte] ?? 0) ^ multiply(bytes[byte] ?? 0, weight);
    }
  }
  return secret;
}
