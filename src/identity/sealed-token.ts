// Tokens that we make and nobody else can read: claims under AES-256-GCM with a key of their own for each purpose.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { limits } from '#core/limits.ts';
import type { Random } from '#core/random.ts';

export interface TokenBox {
  /** base64url without padding: no `:` inside. */
  seal(claims: object): string;
  /** The claims, or undefined when the token is not ours or was changed. */
  open(token: string): unknown;
}

const nonceBytes = 12;
const tagBytes = 16;

/**
 * `secret` has 32 bytes. Random nonces are safe here: a site would have to issue 2^32 tokens for a chance of one in
 * 2^33 that two share a nonce.
 */
export function openTokenBox(secret: Buffer, purpose: string, random: Random): TokenBox {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `sallyport/token/${purpose}`, 32));
  const additional = Buffer.from(purpose);
  return {
    seal(claims) {
      const nonce = random.bytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
      const sealed = Buffer.concat([cipher.update(JSON.stringify(claims), 'utf8'), cipher.final()]);
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
        return JSON.parse(Buffer.concat(opened).toString('utf8'));
      } catch {
        return undefined;
      }
    },
  };
}
