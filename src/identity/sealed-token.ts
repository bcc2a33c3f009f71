// Tokens that we make and nobody else can read: claims under AES-256-GCM with a key of their own for each purpose.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { limits } from '#core/limits.ts';
import type { Random } from '#core/random.ts';

export interface TokenBox {
  /** base64url without padding: no `:` inside. Long claims are packed first. Filled up to `charsMin`. */
  seal(claims: object, charsMin?: number): string;
  /** The claims, or undefined when the token is not ours or was changed. */
  open(token: string): unknown;
}

const nonceBytes = 12;
const tagBytes = 16;
/** Below this packing does not pay, and costs on every token exchange. */
const packedFromBytes = 512;
/** No token of ours unpacks to more, so that opening one cannot fill the memory. */
const claimsBytesMax = 64 * 1024;
const openBrace = 0x7b;

/**
 * `secret` has 32 bytes. Random nonces are safe here: a site would have to issue 2^32 tokens for a chance of one in
 * 2^33 that two share a nonce.
 */
export function openTokenBox(secret: Buffer, purpose: string, random: Random): TokenBox {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `sallyport/token/${purpose}`, 32));
  const additional = Buffer.from(purpose);
  return {
    seal(claims, charsMin = 0) {
      const packed = pack(JSON.stringify(claims));
      const filled = fill(packed, Math.ceil((charsMin * 3) / 4) - nonceBytes - tagBytes);
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
      const sealed = Buffer.concat([cipher.update(filled), cipher.final()]);
      return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
    },
    open(token) {
      if (token.length > limits.tokenBytesMax) return undefined;
      const bytes = Buffer.from(token, 'base64url');
      // Node reads past what is no base64url; only the one spelling of the bytes is the token.
      if (bytes.length <= nonceBytes + tagBytes || bytes.toString('base64url') !== token) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(additional);
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
      try {
        const opened = [decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()];
        return JSON.parse(unpack(Buffer.concat(opened)));
      } catch {
        return undefined;
      }
    },
  };
}

/** Bytes that claims take once packed. */
export function packedBytesOf(claims: object): number {
  return deflateRawSync(JSON.stringify(claims), { level: 9 }).length;
}

/** JSON as it is, or deflated: what is deflated never begins with a brace, because a byte of zero stands before it. */
function pack(json: string): Buffer {
  const bytes = Buffer.from(json, 'utf8');
  if (bytes.length < packedFromBytes) return bytes;
  return Buffer.concat([Buffer.of(0), deflateRawSync(bytes, { level: 9 })]);
}

/** Blanks after JSON and bytes after what was deflated are passed over by whoever reads it. */
function fill(packed: Buffer, bytesMin: number): Buffer {
  return packed.length >= bytesMin ? packed : Buffer.concat([packed, Buffer.alloc(bytesMin - packed.length, ' ')]);
}

function unpack(bytes: Buffer): string {
  if (bytes[0] === openBrace) return bytes.toString('utf8');
  return inflateRawSync(bytes.subarray(1), { maxOutputLength: claimsBytesMax }).toString('utf8');
}
