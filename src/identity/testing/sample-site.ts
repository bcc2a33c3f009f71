// A verifier with one known user, and requests as they arrive, for the tests of this room.

import type { AccountId, Region } from '#core/account.ts';
import type { Call, Principal } from '#core/caller.ts';
import { manualClock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Request } from '#core/message.ts';
import type { Credential } from '#core/ports/credential-source.ts';
import { systemRandom } from '#core/random.ts';
import { openIdentity } from '../identity.ts';

export const startMs = Date.UTC(2026, 10, 24, 12, 0, 0);
export const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';

export const principal: Principal = {
  kind: 'user',
  accountId: '111122223333' as AccountId,
  arn: 'arn:aws:iam::111122223333:user/alice',
  principalId: 'AIDAALICE',
  userName: 'alice',
};

export const scope = { signingName: 'ecr', global: false, bodyBytesMax: 1_000_000 };

/** An identity over credentials that a test may change. */
export function sampleSite(tokenSecret = Buffer.alloc(32, 7)) {
  const clock = manualClock(startMs);
  const known: Credential = { accessKeyId, secretAccessKey, status: 'Active', principal };
  const credentials = new Map<string, Credential>([[accessKeyId, known]]);
  const ended = new Map<string, string>();
  const identity = openIdentity({
    credentials: { find: (id) => credentials.get(id) },
    standing: { endOf: ({ accessKeyId }) => ended.get(accessKeyId) },
    tokenSecret,
    servedRegions: new Set(['us-east-1', 'eu-west-1']),
    clock,
    random: systemRandom,
  });
  return { clock, credentials, ended, identity };
}

export function callFor(region = 'us-east-1', neutralHost = false): Call {
  return {
    requestId: '00000000-0000-4000-8000-000000000000',
    receivedAtMs: startMs,
    sourceAddress: '127.0.0.1',
    secureTransport: false,
    userAgent: 'test',
    host: 'localhost',
    registry: { accountId: principal.accountId, region: region as Region },
    neutralHost,
  };
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request as the edge would hand it over: header names in lower case. */
export function requestOf({ method = 'POST', path = '/', query = '', headers, body = '' }: Sent): Request {
  const bytes = Buffer.from(body);
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  return {
    method,
    path,
    query,
    headers: lower,
    body: {
      declaredBytes: bytes.length,
      bytes: async () => bytes,
      async *stream() {
        yield bytes;
      },
    },
  };
}

/** What a promise was refused with: `kind: message`, or the value's ARN when it was not. */
export async function outcomeOf(
  proving: Promise<{ principal: Principal }> | { principal: Principal },
): Promise<string> {
  try {
    return (await proving).principal.arn;
  } catch (error) {
    if (error instanceof DomainError) return `${error.kind}: ${error.message}`;
    throw error;
  }
}
