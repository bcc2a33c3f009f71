// One-time codes of virtual MFA devices: RFC 6238 with SHA-1, 30 seconds and six digits, as every authenticator has it.

import { createHmac, timingSafeEqual } from 'node:crypto';

const stepMs = 30_000;
const digits = 6;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The number of the 30-second step that a time lies in. */
export function stepAt(nowMs: number): number {
  return Math.floor(nowMs / stepMs);
}

/** The six digits that a device shows during a step. */
export function codeAt(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', seed).update(counter).digest();
  const at = (hash.at(-1) ?? 0) & 0x0f;
  const number = (hash.readUInt32BE(at) & 0x7fff_ffff) % 10 ** digits;
  return String(number).padStart(digits, '0');
}

/** The earliest step from `first` to `last` that shows the codes one after the other; undefined if none does. */
export function findStep(
  seed: Uint8Array,
  codes: readonly string[],
  [first, last]: readonly [number, number],
): number | undefined {
  let found: number | undefined;
  for (let step = last; step >= Math.max(first, 0); step -= 1) {
    // Every step is looked at, so that the time taken tells nothing.
    const isEqual = codes.map((code, index) => sameCode(codeAt(seed, step + index), code));
    if (isEqual.every(Boolean)) found = step;
  }
  return found;
}

function sameCode(right: string, given: string): boolean {
  const [one, other] = [Buffer.from(right), Buffer.from(given)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** RFC 4648 without padding: how authenticators are given a seed. Every five bytes are eight letters. */
export function base32(bytes: Uint8Array): string {
  let [text, held, bits] = ['', 0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((held >>> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
