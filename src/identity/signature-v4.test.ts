// Signatures of official and other signers are accepted, and refused once anything that they cover is changed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import aws4 from 'aws4';
import fc from 'fast-check';
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
} from './testing/sample-site.ts';

const alice = 'arn:aws:iam::111122223333:user/alice';
const mismatch = /^invalid-signature: The request signature we calculated does not match the signature you provided\./;
const host = 'localhost:5000';

interface Signing extends Partial<Sent> {
  readonly region?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly keyId?: string;
  readonly atMs?: number;
}

function signerOf({ region = 'us-east-1', service = 'ecr', secret = secretAccessKey, keyId = accessKeyId }: Signing) {
  const credentials = { accessKeyId: keyId, secretAccessKey: secret };
  return new SignatureV4({ credentials, region, service, sha256: Sha256 });
}

function queryObject(query: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...new Set(parameters.keys())].map((key) => [key, parameters.getAll(key)]));
}

/** Signed as the JavaScript SDK signs. */
async function signed(signing: Signing = {}): Promise<Sent> {
  const { method = 'POST', path = '/', query = '', body = '{}', headers = {} } = signing;
  const all = { host, 'content-type': 'application/x-amz-json-1.1', ...headers };
  const request = {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query: queryObject(query),
    headers: all,
    body,
  };
  const result = await signerOf(signing).sign(request, { signingDate: new Date(signing.atMs ?? startMs) });
  return { method, path, query, headers: result.headers, body };
}

function verify(sent: Sent, call = callFor()) {
  return outcomeOf(sampleSite().identity.bySignature(requestOf(sent), call, scope));
}

describe('the header form', () => {
  test('signed by the SDK signer', async () => {
    assert.equal(await verify(await signed()), alice);
  });

  test('signed by aws4, which lists other headers', async () => {
    const headers: Record<string, string> = { Host: host, 'X-Amz-Date': '20261124T120000Z' };
    const options = { service: 'ecr', region: 'us-east-1', method: 'POST', path: '/', host, body: '{"a":1}', headers };
    aws4.sign(options, { accessKeyId, secretAccessKey });
    assert.equal(await verify({ headers: options.headers, body: options.body }), alice);
  });

  test('paths, queries and headers in every spelling that a signer may choose', async () => {
    const cases: readonly Signing[] = [
      { path: '/a/b' },
      { path: '/a%20b' },
      { query: 'b=2&a=1&a=0&empty=' },
      { query: 'key=%20%2F%3D&%C3%A9=1' },
      { headers: { 'x-amz-meta-note': '  two   inner  runs ' } },
    ];
    for (const signing of cases)
      assert.equal(await verify(await signed({ method: 'GET', body: '', ...signing })), alice);
  });

  test('the caller carries key, region and the kind of proof', async () => {
    const caller = await sampleSite().identity.bySignature(requestOf(await signed()), callFor(), scope);
    assert.deepEqual([caller.accessKeyId, caller.region, caller.credential], [accessKeyId, 'us-east-1', 'sigv4']);
  });

  test('a change of method, path, query, signed header or body is a mismatch', async () => {
    const sent = await signed({ query: 'a=1' });
    const changes: ReadonlyArray<Partial<Sent>> = [
      { method: 'PUT' },
      { path: '/other' },
      { query: 'a=2' },
      { query: 'a=1&b=2' },
      { body: '{ }' },
      { headers: { ...sent.headers, host: 'elsewhere:5000' } },
      { headers: { ...sent.headers, 'content-type': 'text/plain' } },
    ];
    for (const change of changes) assert.match(await verify({ ...sent, ...change }), mismatch, JSON.stringify(change));
  });

  test('any changed digit of the signature is a mismatch', async () => {
    const sent = await signed();
    const authorization = sent.headers.authorization ?? '';
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 63 }),
        fc.constantFrom(...'0123456789abcdef'.split('')),
        async (index, digit) => {
          const at = authorization.length - 64 + index;
          if (authorization[at] === digit) return;
          const changed = authorization.slice(0, at) + digit + authorization.slice(at + 1);
          assert.match(await verify({ ...sent, headers: { ...sent.headers, authorization: changed } }), mismatch);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('a claimed body hash must be that of the bytes that arrived', async () => {
    const sent = await signed({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } });
    assert.match(await verify(sent), mismatch);
  });
});

describe('refusals', () => {
  test('no authentication, another scheme', async () => {
    assert.equal(await verify({ headers: { host } }), 'missing-authentication: Missing Authentication Token');
    const basic = { host, authorization: 'Basic QVdTOng=' };
    assert.match(await verify({ headers: basic }), /^missing-authentication/);
  });

  test('half a header says what is missing', async () => {
    const headers = { host, authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host' };
    const outcome = await verify({ headers });
    assert.match(outcome, /^incomplete-signature: Authorization header requires 'Credential' parameter\./);
    assert.match(outcome, /requires 'Signature' parameter/);
    assert.match(outcome, /'X-Amz-Date' or a 'Date' header/);
  });

  test('host and x-amz headers must be signed', async () => {
    const sent = await signed();
    const added = { ...sent.headers, 'x-amz-target': 'Other.Operation' };
    assert.match(
      await verify({ ...sent, headers: added }),
      /^incomplete-signature: 'x-amz-target' must be a 'SignedHeader'/,
    );
  });

  test('an unknown, an inactive and a forged key get one answer', async () => {
    const text = 'unrecognized-client: The security token included in the request is invalid.';
    assert.equal(await verify(await signed({ keyId: 'AKIAUNKNOWNUNKNOWN00' })), text);
    const site = sampleSite();
    const known = site.credentials.get(accessKeyId);
    assert.ok(known);
    site.credentials.set(accessKeyId, { ...known, status: 'Inactive' });
    assert.equal(await outcomeOf(site.identity.bySignature(requestOf(await signed()), callFor(), scope)), text);
    assert.match(await verify(await signed({ secret: 'another' })), mismatch);
  });

  test('a session token that nobody issued', async () => {
    const sent = await signed({ headers: { 'x-amz-security-token': 'abc' } });
    assert.match(await verify(sent), /^unrecognized-client/);
  });

  test('skew: five minutes either way, and not a second more', async () => {
    const minutes = 60_000;
    assert.equal(await verify(await signed({ atMs: startMs - 5 * minutes })), alice);
    assert.equal(await verify(await signed({ atMs: startMs + 5 * minutes })), alice);
    assert.equal(
      await verify(await signed({ atMs: startMs - 5 * minutes - 1000 })),
      'invalid-signature: Signature expired: 20261124T115459Z is now earlier than ' +
        '20261124T115500Z (20261124T120000Z - 5 min.)',
    );
    assert.equal(
      await verify(await signed({ atMs: startMs + 5 * minutes + 1000 })),
      'invalid-signature: Signature not yet current: 20261124T120501Z is still later than ' +
        '20261124T120500Z (20261124T120000Z + 5 min.)',
    );
  });

  test('scope: region, service, date', async () => {
    const region = /^invalid-signature: Credential should be scoped to a valid region\.$/;
    assert.match(await verify(await signed({ region: 'eu-west-1' })), region);
    assert.match(await verify(await signed({ region: 'mars-1' }), callFor('us-east-1', true)), region);
    const service = /^invalid-signature: Credential should be scoped to correct service: 'ecr'\.$/;
    assert.match(await verify(await signed({ service: 'iam' })), service);
    const sent = await signed();
    const dated = { ...sent.headers, 'x-amz-date': '20261123T120000Z' };
    assert.match(
      await verify({ ...sent, headers: dated }),
      /^invalid-signature: Date in Credential scope does not match/,
    );
  });

  test('a neutral host takes the region of the signature among those served', async () => {
    const sent = requestOf(await signed({ region: 'eu-west-1' }));
    const caller = await sampleSite().identity.bySignature(sent, callFor('us-east-1', true), scope);
    assert.equal(caller.region, 'eu-west-1');
  });

  test('a global service is signed as us-east-1, or as a region that the call may address', async () => {
    const iam = { signingName: 'iam', global: true, bodyBytesMax: 1000 };
    const verifyIam = async (region: string, call = callFor('eu-west-1')) => {
      const sent = requestOf(await signed({ service: 'iam', region }));
      return outcomeOf(sampleSite().identity.bySignature(sent, call, iam));
    };
    assert.equal(await verifyIam('us-east-1'), alice);
    assert.equal(await verifyIam('eu-west-1'), alice);
    assert.equal(await verifyIam('eu-west-1', callFor('us-east-1', true)), alice);
    assert.match(await verifyIam('eu-west-1', callFor('us-east-1')), /valid region/);
    assert.match(await verifyIam('mars-1', callFor('us-east-1', true)), /valid region/);
  });

  test('whatever the header, the answer is a refusal of ours', async () => {
    const piece = fc.constantFrom(
      'AWS4-HMAC-SHA256',
      ' ',
      'Credential=',
      'SignedHeaders=',
      'Signature=',
      ',',
      '/',
      ';',
      'a',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
        const outcome = await verify({
          headers: { host, 'x-amz-date': '20261124T120000Z', authorization: pieces.join('') },
        });
        assert.match(outcome, /^(missing-authentication|incomplete-signature|invalid-signature|unrecognized-client):/);
      }),
    );
  });
});

describe('the presigned form', () => {
  const presigned = async (expiresIn: number, extra = '') => {
    const request = {
      method: 'GET',
      protocol: 'http:',
      hostname: 'localhost',
      path: '/',
      query: queryObject(`Action=x${extra}`),
      headers: { host },
    };
    const result = await signerOf({}).presign(request, { expiresIn, signingDate: new Date(startMs) });
    const query = Object.entries(result.query ?? {}).map(
      ([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`,
    );
    return { method: 'GET', query: query.join('&'), headers: { host } };
  };

  test('is accepted until it expires', async () => {
    const sent = await presigned(60);
    const site = sampleSite();
    const caller = await site.identity.bySignature(requestOf(sent), callFor(), scope);
    assert.equal(caller.credential, 'presigned');
    site.clock.advance(60_000);
    assert.equal(await outcomeOf(site.identity.bySignature(requestOf(sent), callFor(), scope)), alice);
    site.clock.advance(1000);
    assert.match(await outcomeOf(site.identity.bySignature(requestOf(sent), callFor(), scope)), /Signature expired/);
  });

  test('any change of the query is a mismatch, and bounds on its life hold', async () => {
    const sent = await presigned(60);
    assert.match(await verify({ ...sent, query: `${sent.query}&b=1` }), mismatch);
    for (const expires of ['0', '604801', '-1', 'x']) {
      const query = sent.query.replace('X-Amz-Expires=60', `X-Amz-Expires=${expires}`);
      assert.match(await verify({ ...sent, query }), /^incomplete-signature: X-Amz-Expires/);
    }
    assert.match(
      await verify({ ...sent, query: `${sent.query}&X-Amz-Date=20261124T120000Z` }),
      /^incomplete-signature/,
    );
  });
});
