// Calls of these tests: a caller for a principal, documents, and what applies to it.

import type { Region } from '#core/account.ts';
import type { Call, Caller, Principal, Session } from '#core/caller.ts';
import type { Guardrails, PolicyDocument } from '#core/ports/policy-source.ts';
import type { Applying } from '../applying.ts';
import { accountId, allowAll } from './principals.ts';

export const nowMs = Date.UTC(2026, 5, 1, 12);

export const session: Session = {
  issuedAtMs: nowMs - 60_000,
  expiresAtMs: nowMs + 60_000,
  sourceAddress: '192.0.2.7',
};

export function callerOf(principal: Principal, call: Partial<Call> = {}): Caller {
  const registry = { accountId, region: 'us-east-1' as Region };
  return {
    principal,
    accountId: principal.accountId,
    region: registry.region,
    accessKeyId: 'AKIAEXAMPLEEXAMPLE22',
    credential: 'sigv4',
    call: {
      requestId: '00000000-0000-4000-8000-000000000000',
      receivedAtMs: nowMs,
      sourceAddress: '192.0.2.7',
      secureTransport: true,
      userAgent: '',
      host: 'localhost',
      registry,
      neutralHost: true,
      ...call,
    },
  };
}

export function documentOf(...statements: readonly object[]): PolicyDocument {
  return { name: 'a-policy', text: JSON.stringify({ Version: '2012-10-17', Statement: statements }) };
}

/** Everything is allowed to a user of no organisation, unless told otherwise. */
export function applyingOf(changes: Partial<Applying> = {}): Applying {
  return {
    principal: { identity: [documentOf(allowAll)], tags: {} },
    resource: undefined,
    endpoint: undefined,
    guardrails: undefined,
    resourceGuardrails: undefined,
    scope: undefined,
    ...changes,
  };
}

export function guardrailsOf(changes: Partial<Guardrails>): Guardrails {
  return {
    serviceControl: [],
    resourceControl: [],
    organization: { id: 'o-example1', path: 'o-example1/r-ab12/' },
    ...changes,
  };
}
