// Opaque page tokens: the position to go on from, sealed by the site and bound to what was being listed.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { invalidNextToken } from '#core/errors.ts';

export interface PageTokens {
  /** `scope` names operation and resource (and filters); the token is good for exactly the same scope only. */
  encode(scope: string, position: string): string;
  /** The position. Throws invalid-next-token when the token is not ours or was made for another scope. */
  decode(scope: string, token: string): string;
}

const nonceBytes = 12;
const tagBytes = 16;
const tokenCharsMax = 4096;

/**
 * Tokens sealed with a site key of at least 32 bytes (AES-256-GCM; base64url, no padding): a position may be a name
 * that the caller has no right to know. The nonce is derived from what is sealed, so that the same position is the
 * same token and no nonce seals two texts. Stateless, so they never expire.
 */
export function pageTokens(secret: Buffer): PageTokens {
  const key = createHmac('sha256', secret).update('page tokens: seal').digest();
  const nonceOf = (scope: string, position: string) =>
    createHmac('sha256', secret)
      .update(`${Buffer.byteLength(scope)}:${scope}${position}`)
      .digest()
      .subarray(0, nonceBytes);
  return {
    encode(scope, position) {
      const nonce = nonceOf(scope, position);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(scope));
      const body = Buffer.concat([cipher.update(position, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
    },
    decode(scope, token) {
      const bytes = token.length > tokenCharsMax ? Buffer.alloc(0) : Buffer.from(token, 'base64url');
      if (bytes.length < nonceBytes + tagBytes || bytes.toString('base64url') !== token) throw invalidNextToken();
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
      decipher.setAAD(Buffer.from(scope)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
      try {
        const body = bytes.subarray(nonceBytes + tagBytes);
        return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
      } catch {
        throw invalidNextToken();
      }
    },
  };
}
