// AES-256-GCM as used for keys and values: nonce, ciphertext and tag in one buffer, bound to a context.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';

export const nonceBytes = 12;
export const saltBytes = 32;
const tagBytes = 16;
const options = { authTagLength: tagBytes };

/** nonce ‖ ciphertext ‖ tag. The caller answers for a nonce that this key has never had. */
export function sealWith(key: Buffer, nonce: Buffer, additional: Buffer, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, options).setAAD(additional);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
}

/** Reverses `sealWith`; throws when key, context or a single bit is not what it was. */
export function openWith(key: Buffer, additional: Buffer, sealed: Uint8Array): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new Error('the sealed bytes are too short');
  const end = sealed.length - tagBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), options).setAAD(additional);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(nonceBytes, end));
  try {
    decipher.final();
  } catch (cause) {
    throw new Error('the sealed bytes do not open: they, their context or their key are not what they were', { cause });
  }
  return plaintext;
}

/**
 * A key for one value: with a fresh 32-byte salt each, random nonces never meet under one key, however many values
 * a domain has. One HMAC is enough, as the domain key is uniform (HKDF's extract step is for keys that are not).
 */
export function valueKey(domainKey: Buffer, purpose: string, salt: Uint8Array): Buffer {
  return createHmac('sha256', domainKey).update(purpose).update(salt).digest();
}
