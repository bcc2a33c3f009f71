// Fuzzes Signature Version 4: what an official signer signed is accepted, and nothing else is, whatever is changed.

import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { canonicalPath, canonicalQuery } from '../../../src/identity/canonical-request.ts';
import {
  accessKeyId,
  callFor,
  outcomeOf,
  requestOf,
  type Sent,
  sampleSite,
  scope,
  secretAccessKey,
  startMs,
} from '../../../src/identity/testing/sample-site.ts';
import { type Fuzz, fuzzer } from './fuzz.ts';

const alice = 'arn:aws:iam::111122223333:user/alice';
const credentials = { accessKeyId, secretAccessKey };
const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'ecr', sha256: Sha256 });
const { identity } = sampleSite();
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const value = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_.~!*()/+=%&;,\t'.split('')), maxLength: 20 });
const name = fc.string({ unit: fc.constantFrom(...'abcdefxyz-019'.split('')), minLength: 1, maxLength: 8 });

const honest = fc.record({
  // The signer's own query is a plain object: it loses a parameter of this name.
  query: fc.dictionary(
    text.filter((word) => word !== '__proto__'),
    text,
    { maxKeys: 4, noNullPrototype: true },
  ),
  headers: fc.dictionary(
    name.map((word) => `x-${word}`),
    value,
    { maxKeys: 4, noNullPrototype: true },
  ),
  body: fc.string({ unit: 'binary', maxLength: 50 }),
});

async function sign({
  query,
  headers,
  body,
}: {
  query: Record<string, string>;
  headers: Record<string, string>;
  body: string;
}) {
  const request = {
    method: 'POST',
    protocol: 'http:',
    hostname: 'localhost',
    path: '/',
    query,
    headers: { ...headers, host: 'localhost:5000' },
    body,
  };
  const result = await signer.sign(request, { signingDate: new Date(startMs) });
  return { query: new URLSearchParams(query).toString().replaceAll('+', '%20'), headers: result.headers, body };
}

function prove(sent: Sent): Promise<string> {
  return outcomeOf(identity.bySignature(requestOf(sent), callFor(), scope));
}

type Change = 'body' | 'query' | 'header' | 'signature' | 'date' | 'method';

function change(sent: Sent, what: Change, at: number): Sent {
  const { headers, query = '', body = '' } = sent;
  const authorization = headers.authorization ?? '';
  switch (what) {
    case 'body':
      return { ...sent, body: `${String(body)}x` };
    case 'query':
      return { ...sent, query: query === '' ? 'a=b' : `${query}&a=b` };
    case 'header':
      return { ...sent, headers: { ...headers, host: 'localhost:5001' } };
    case 'date':
      return { ...sent, headers: { ...headers, 'x-amz-date': '20261124T120001Z' } };
    case 'method':
      return { ...sent, method: 'PUT' };
    default: {
      const index = authorization.length - 1 - (at % 64);
      const digit = authorization.charAt(index) === '0' ? '1' : '0';
      const forged = authorization.slice(0, index) + digit + authorization.slice(index + 1);
      return { ...sent, headers: { ...headers, authorization: forged } };
    }
  }
}

const changes = fc.constantFrom<Change>('body', 'query', 'header', 'signature', 'date', 'method');
const refusals = /^(missing-authentication|incomplete-signature|invalid-signature|unrecognized-client): /;

const anyHeader = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        ...['AWS4-HMAC-SHA256 ', 'Credential=', accessKeyId, '/20261124/', 'us-east-1', '/ecr/', 'aws4_request', ', '],
        ...['SignedHeaders=', 'host', ';', 'x-amz-date', 'Signature=', 'a'.repeat(64), '=', ',', ' ', '%', '/'],
      ),
      { maxLength: 20 },
    )
    .map((parts) => parts.join('')),
);

export const signatureFuzzers: readonly Fuzz[] = [
  fuzzer('SigV4: an honest request is accepted, a changed one never', 60, () =>
    fc.asyncProperty(honest, changes, fc.nat(63), async (request, what, at) => {
      const sent = await sign(request);
      return (await prove(sent)) === alice && (await prove(change(sent, what, at))) !== alice;
    }),
  ),
  fuzzer('SigV4 header: whatever it is, the answer is a refusal of ours', 400, () =>
    fc.asyncProperty(anyHeader, text, text, async (authorization, date, query) => {
      const headers = { host: 'localhost', authorization, 'x-amz-date': date };
      return refusals.test(await prove({ headers, query }));
    }),
  ),
  fuzzer('SigV4 canonicalisation: canonical is canonical, and order does not matter', 500, () =>
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom(...'abA%2F+=/~ é&;'.split('')), maxLength: 9 }), { maxLength: 6 }),
      fc.string(),
      (pairs, path) => {
        const query = pairs.join('&');
        const canonical = canonicalQuery(query);
        const reversed = pairs.toReversed().join('&');
        const clean = canonicalPath(path);
        return (
          canonicalQuery(canonical) === canonical &&
          canonicalQuery(reversed) === canonicalQuery(query.split('&').toReversed().toReversed().join('&')) &&
          clean.startsWith('/') &&
          !clean.includes('//') &&
          !/(^|\/)\.\.?(\/|$)/.test(clean)
        );
      },
    ),
  ),
];
