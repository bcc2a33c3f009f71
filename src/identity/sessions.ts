// Temporary credentials: what a session is stands sealed in its token, the secret is derived from it; nothing is kept.

import { createHmac, hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Principal, Session } from '#core/caller.ts';
import { newSessionKeyId } from '#core/key-ids.ts';
import { limits } from '#core/limits.ts';
import type { SessionIssuer } from '#core/ports/session-issuer.ts';
import type { Random } from '#core/random.ts';
import { openTokenBox, packedBytesOf } from './sealed-token.ts';

export interface Sessions {
  readonly issuer: SessionIssuer;
  /** The credential of a session token; undefined when it is not ours. The identical object each time. */
  open(sessionToken: string): SessionCredential | undefined;
}

export interface SessionCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly principal: Principal & { readonly session: Session };
}

interface Claims {
  readonly accessKeyId: string;
  readonly principal: Principal;
  readonly session: Session;
}

const openedMax = 10_000;
const secretBytes = 30;

/** `secret` has 32 bytes. */
export function openSessions(secret: Buffer, random: Random): Sessions {
  const box = openTokenBox(secret, 'session', random);
  const messages = openTokenBox(secret, 'message', random);
  const secretsKey = Buffer.from(hkdfSync('sha256', secret, '', 'sallyport/session-secret', 32));
  const opened = new LRUCache<string, SessionCredential>({
    max: openedMax,
    maxSize: limits.openedTokensBytesMax,
    sizeCalculation: (_, token) => token.length,
  });

  // From the whole token, which no two sessions share, and not from the key id alone.
  const secretOf = (token: string): string =>
    createHmac('sha256', secretsKey).update(token).digest().subarray(0, secretBytes).toString('base64');

  return {
    issuer: {
      issue({ principal, session, tokenCharsMin }) {
        const accessKeyId = newSessionKeyId(principal.accountId, random);
        const { kind, accountId, arn, principalId, userName } = principal;
        const kept = { kind, accountId, arn, principalId, ...(userName === undefined ? {} : { userName }) };
        const claims: Claims = { accessKeyId, principal: kept, session };
        const sessionToken = box.seal(claims, tokenCharsMin);
        return { accessKeyId, secretAccessKey: secretOf(sessionToken), sessionToken, expiresAtMs: session.expiresAtMs };
      },
      packedBytes: (limiting) => packedBytesOf(limiting),
      sealMessage: (message) => messages.seal(message),
      openMessage: (sealed) => messages.open(sealed),
    },
    open(sessionToken) {
      const known = opened.get(sessionToken);
      if (known !== undefined) return known;
      const claims = box.open(sessionToken) as Claims | undefined;
      if (claims === undefined) return undefined;
      const { accessKeyId, principal, session } = claims;
      const credential = {
        accessKeyId,
        secretAccessKey: secretOf(sessionToken),
        principal: { ...principal, session },
      };
      opened.set(sessionToken, credential);
      return credential;
    },
  };
}
