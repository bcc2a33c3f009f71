// For tests and the bench: a key ring without a database. Wraps as a real one does, bound to domain and context.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';

const nonceBytes = 12;
const tagBytes = 16;

/** Its keys live as long as it does. */
export function memoryKeyRing(random: Random): KeyRing {
  const secret = random.bytes(32);
  const keyOf = (text: string) => createHmac('sha256', secret).update(text).digest();

  function seal(domain: KeyDomainId, context: string, plaintext: Uint8Array): Buffer {
    const nonce = random.bytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', keyOf(domain), nonce).setAAD(Buffer.from(context));
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
  }

  function open(domain: KeyDomainId, context: string, sealed: Uint8Array): Buffer {
    const end = sealed.length - tagBytes;
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv('aes-256-gcm', keyOf(domain), sealed.subarray(0, nonceBytes), options);
    decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(end));
    const plaintext = decipher.update(sealed.subarray(nonceBytes, end));
    decipher.final();
    return plaintext;
  }

  return {
    domainOf: ({ accountId, region }) => keyOf(`${accountId} ${region}`).toString('hex', 0, 8) as KeyDomainId,
    generateDataKey(domain, context) {
      const plaintext = random.bytes(32);
      return { plaintext, wrapped: seal(domain, context, plaintext) };
    },
    unwrapDataKey: open,
    seal,
    open,
  };
}
