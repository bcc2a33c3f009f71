// Opaque page tokens: the position to go on from, bound to what was being listed and signed by the site.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { DomainError } from '#core/errors.ts';

export interface PageTokens {
  /** `scope` names operation and resource (and filters); the token is good for exactly the same scope only. */
  encode(scope: string, position: string): string;
  /** The position. Throws invalid-next-token when the token is not ours or was made for another scope. */
  decode(scope: string, token: string): string;
}

const macBytes = 16;
const tokenCharsMax = 4096;

/** Tokens signed with a site key of at least 32 bytes; base64url, no padding. Stateless, so they never expire. */
export function pageTokens(secret: Buffer): PageTokens {
  const macOf = (scope: string, position: Buffer) =>
    createHmac('sha256', secret)
      .update(`${Buffer.byteLength(scope)}:${scope}`)
      .update(position)
      .digest()
      .subarray(0, macBytes);
  return {
    encode(scope, position) {
      const bytes = Buffer.from(position, 'utf8');
      return Buffer.concat([macOf(scope, bytes), bytes]).toString('base64url');
    },
    decode(scope, token) {
      const bytes = token.length > tokenCharsMax ? Buffer.alloc(0) : Buffer.from(token, 'base64url');
      const position = bytes.subarray(macBytes);
      if (bytes.length < macBytes || bytes.toString('base64url') !== token) throw invalidNextToken();
      if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf(scope, position))) throw invalidNextToken();
      return position.toString('utf8');
    },
  };
}

/** ECR's words for a token that is not one of ours. */
export function invalidNextToken(): DomainError<'invalid-next-token'> {
  const message = "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'";
  return new DomainError('invalid-next-token', message, {});
}
