// For tests: a key ring with one key a domain, which seals as the real one does: bound to domain and context.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { KeyDomainId, KeyRing } from '#core/ports/key-ring.ts';

const nonceBytes = 12;
const tagBytes = 16;

export function testKeyRing(): KeyRing {
  const secret = randomBytes(32);
  const keyOf = (domain: KeyDomainId) => createHash('sha256').update(secret).update(domain).digest();

  function seal(domain: KeyDomainId, context: string, plaintext: Uint8Array): Buffer {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv('aes-256-gcm', keyOf(domain), nonce).setAAD(Buffer.from(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([nonce, body, cipher.getAuthTag()]);
  }

  function open(domain: KeyDomainId, context: string, sealed: Uint8Array): Buffer {
    const nonce = sealed.subarray(0, nonceBytes);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(domain), nonce).setAAD(Buffer.from(context));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  }

  return {
    seal,
    open,
    domainOf({ accountId, region }) {
      const name = createHash('sha256').update(`${accountId}/${region}`).digest('hex').slice(0, 16);
      return name.replaceAll(/[0189]/g, 'z') as KeyDomainId;
    },
    generateDataKey(domain, context) {
      const plaintext = randomBytes(32);
      return { plaintext, wrapped: seal(domain, context, plaintext) };
    },
    unwrapDataKey: open,
  };
}
