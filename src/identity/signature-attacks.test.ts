// What somebody tries who holds one signed request and wants more of it, or who signs in a way that two readers read
// differently.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { canonicalRequestHash } from './canonical-request.ts';
import {
  accessKeyId,
  callFor,
  outcomeOf,
  principal,
  requestOf,
  type Sent,
  sampleSite,
  scope,
  secretAccessKey,
  startMs,
} from './testing/sample-site.ts';

const host = 'localhost:5000';
const alice = principal.arn;
const credentials = { accessKeyId, secretAccessKey };
const signer = new SignatureV4({ credentials, region: 'us-east-1', service: 'ecr', sha256: Sha256 });

function verify(sent: Sent, site = sampleSite()) {
  return outcomeOf(site.identity.bySignature(requestOf(sent), callFor(), scope));
}

async function signed(headers: Record<string, string> = {}): Promise<Sent> {
  const request = { method: 'POST', protocol: 'http:', hostname: 'localhost', path: '/', body: '{}' };
  const all = { host, 'content-type': 'application/x-amz-json-1.1', ...headers };
  const result = await signer.sign({ ...request, headers: all }, { signingDate: new Date(startMs) });
  return { headers: result.headers, body: '{}' };
}

async function presigned(headers: Record<string, string> = {}): Promise<Sent> {
  const request = { method: 'POST', protocol: 'http:', hostname: 'localhost', path: '/', query: {} };
  const options = {
    expiresIn: 3600,
    signingDate: new Date(startMs),
    unhoistableHeaders: new Set(Object.keys(headers)),
  };
  const result = await signer.presign({ ...request, headers: { host, ...headers } }, options);
  const query = new URLSearchParams(result.query as Record<string, string>).toString().replaceAll('+', '%20');
  return { query, headers: { host, ...headers } };
}

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** Signs by hand what no signer would: any Date header, any scope date. */
function signedWithDate(date: string, timestamp: string, scopeDate: string): Sent {
  const headers = { host, date };
  const signedHeaders = ['date', 'host'];
  const payloadHash = createHash('sha256').update('{}').digest('hex');
  const request = requestOf({ headers, body: '{}' });
  const hash = canonicalRequestHash({ request, signedHeaders, payloadHash });
  const scopeText = `${scopeDate}/us-east-1/ecr/aws4_request`;
  const key = ['us-east-1', 'ecr', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, scopeDate));
  const signature = hmac(key, ['AWS4-HMAC-SHA256', timestamp, scopeText, hash].join('\n')).toString('hex');
  const credential = `Credential=${accessKeyId}/${scopeText}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=date;host, Signature=${signature}`;
  return { headers: { ...headers, authorization }, body: '{}' };
}

describe('a signature covers all that decides what the request does', () => {
  test('a presigned URL for one operation is not good for another', async () => {
    const target = { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DescribeRegistry' };
    const sent = await presigned(target);
    assert.equal(await verify(sent), alice);
    const other = { ...sent.headers, 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.DeleteRepository' };
    assert.match(await verify({ ...sent, headers: other }), /^invalid-signature/);
    const bare = await presigned();
    assert.equal(await verify(bare), alice);
    assert.match(
      await verify({ ...bare, headers: { ...bare.headers, ...target } }),
      /^incomplete-signature: 'x-amz-target' must be a 'SignedHeader'/,
    );
  });

  test('a date beyond the calendar does not escape the clock', async () => {
    assert.equal(await verify(signedWithDate('Tue, 24 Nov 2026 12:00:00 GMT', '20261124T120000Z', '20261124')), alice);
    const far = signedWithDate('+275760-09-13T00:00:00Z', '+2757600913T000000Z', '+2757600');
    assert.match(await verify(far), /^incomplete-signature/);
    for (const date of ['2026', '20261324T120000Z', 'tomorrow', '24 Nov 2026 12:00:00']) {
      assert.match(await verify(signedWithDate(date, '20261124T120000Z', '20261124')), /^incomplete-signature/, date);
    }
  });
});

describe('one request, one proof', () => {
  test('a header and a query that both sign are refused', async () => {
    const [header, url] = [await signed(), await presigned()];
    const both = { ...url, headers: { ...url.headers, ...header.headers }, body: '{}' };
    assert.match(await verify(both), /^incomplete-signature: .*one/);
    const basic = { ...url, headers: { ...url.headers, authorization: 'Basic QVdTOng=' } };
    assert.match(await verify(basic), /^incomplete-signature/);
  });

  test('a field given twice, another algorithm, nothing after the algorithm', async () => {
    const sent = await signed();
    const { authorization = '' } = sent.headers;
    const wrong = [
      `${authorization}, Credential=${accessKeyId}/20261124/us-east-1/iam/aws4_request`,
      authorization.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
      authorization.replace('AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256'),
      'AWS4-HMAC-SHA256',
    ];
    for (const header of wrong) {
      const outcome = await verify({ ...sent, headers: { ...sent.headers, authorization: header } });
      assert.match(outcome, /^incomplete-signature/, header);
    }
  });

  test('a refused header is named by its hash, never repeated', async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/ecr/aws4_request';
    const outcome = await verify({ headers: { host, authorization } });
    const hash = createHash('sha256').update(authorization).digest('base64');
    assert.ok(outcome.endsWith(`(Hashed with SHA-256 and encoded with Base64) Authorization=${hash}`), outcome);
    assert.ok(!outcome.includes('AKIAIOSFODNN7EXAMPLE'));
  });

  test('half a presigned URL says what is missing', async () => {
    const sent = await presigned();
    for (const name of ['X-Amz-Signature', 'X-Amz-Credential', 'X-Amz-Algorithm', 'X-Amz-Date', 'X-Amz-Expires']) {
      const query = new URLSearchParams(sent.query);
      query.delete(name);
      assert.match(
        await verify({ ...sent, query: query.toString() }),
        new RegExp(`^incomplete-signature: .*'${name}'`),
      );
    }
  });
});

describe('what dies with the key', () => {
  test('a presigned URL', async () => {
    const [site, sent] = [sampleSite(), await presigned()];
    assert.equal(await verify(sent, site), alice);
    const known = site.credentials.get(accessKeyId);
    assert.ok(known);
    site.credentials.set(accessKeyId, { ...known, status: 'Inactive' });
    assert.match(await verify(sent, site), /^unrecognized-client/);
    site.credentials.delete(accessKeyId);
    assert.match(await verify(sent, site), /^unrecognized-client/);
  });
});

describe('temporary credentials', () => {
  const hourMs = 3_600_000;
  const made = () => {
    const site = sampleSite();
    const session = { issuedAtMs: startMs, expiresAtMs: startMs + hourMs, sourceAddress: '127.0.0.1' };
    const issued = site.identity.sessions.issue({ principal, session });
    const own = new SignatureV4({ credentials: issued, region: 'us-east-1', service: 'ecr', sha256: Sha256 });
    return { site, issued, own };
  };
  const sign = (own: SignatureV4, headers: Record<string, string> = {}) => {
    const request = { method: 'POST', protocol: 'http:', hostname: 'localhost', path: '/', body: '{}' };
    return own.sign({ ...request, headers: { host, ...headers } }, { signingDate: new Date(startMs) });
  };
  const sent = async (own: SignatureV4) => ({ headers: (await sign(own)).headers, body: '{}' });

  test('prove their principal until they expire', async () => {
    const { site, own, issued } = made();
    assert.match(issued.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.equal(await verify(await sent(own), site), alice);
    site.clock.advance(hourMs);
    const late = await own.sign(
      { method: 'POST', protocol: 'http:', hostname: 'localhost', path: '/', body: '{}', headers: { host } },
      { signingDate: new Date(startMs + hourMs) },
    );
    const expired = 'expired-token: The security token included in the request is expired';
    assert.equal(await verify({ headers: late.headers, body: '{}' }, site), expired);
  });

  test('end when their standing does', async () => {
    const { site, own, issued } = made();
    site.ended.set(issued.accessKeyId, 'revoked');
    assert.match(await verify(await sent(own), site), /^unrecognized-client/);
  });

  test('need their own token: none, another session’s and a changed one prove nothing', async () => {
    const { site, issued } = made();
    const other = made().site.identity.sessions.issue({
      principal,
      session: { issuedAtMs: startMs, expiresAtMs: startMs + hourMs, sourceAddress: '127.0.0.1' },
    });
    const tokens = [undefined, other.sessionToken, `${issued.sessionToken.slice(0, -2)}AA`, 'no token'];
    for (const sessionToken of tokens) {
      const mixed = { ...issued, sessionToken: sessionToken ?? '' };
      if (sessionToken === undefined) Reflect.deleteProperty(mixed, 'sessionToken');
      const own = new SignatureV4({ credentials: mixed, region: 'us-east-1', service: 'ecr', sha256: Sha256 });
      assert.match(await verify(await sent(own), site), /^(unrecognized-client|invalid-signature)/);
    }
  });

  test('long-term keys take no session token', async () => {
    const { site, issued } = made();
    const headers = { 'x-amz-security-token': issued.sessionToken };
    assert.match(await verify(await signed(headers), site), /^unrecognized-client/);
  });

  test('an ordinary session stays under 2 kB, and a session policy of 2,048 characters fits', () => {
    const { site, issued } = made();
    assert.ok(issued.sessionToken.length < 1000);
    const resource = (index: number) => `"arn:aws:ecr:*:*:repository/team-${index}/*"`;
    const resources = Array.from({ length: 48 }, (_, index) => resource(index)).join(',');
    const policy = `{"Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":[${resources}]}]}`;
    const session = { issuedAtMs: startMs, expiresAtMs: startMs + hourMs, sourceAddress: '127.0.0.1' };
    const limited = site.identity.sessions.issue({ principal, session: { ...session, policies: [policy] } });
    assert.ok(policy.length > 1900 && limited.sessionToken.length < 2048, String(limited.sessionToken.length));
  });

  test('are of their site: another one cannot read the token, nor is anything that is too long looked at', async () => {
    const { issued, own } = made();
    const other = sampleSite(Buffer.alloc(32, 8));
    assert.match(await verify(await sent(own), other), /^unrecognized-client/);
    for (const sessionToken of ['A'.repeat(8192), 'A'.repeat(8193), `${issued.sessionToken}${'A'.repeat(8192)}`]) {
      const long = { ...issued, sessionToken };
      const signing = new SignatureV4({ credentials: long, region: 'us-east-1', service: 'ecr', sha256: Sha256 });
      assert.match(await verify(await sent(signing)), /^unrecognized-client/);
    }
  });

  test('a token is filled up to the size that was asked for, packed or not, and proves the same', async () => {
    const { site } = made();
    const session = { issuedAtMs: startMs, expiresAtMs: startMs + hourMs, sourceAddress: '127.0.0.1' };
    for (const policies of [[], ['x'.repeat(2048)]]) {
      for (const tokenCharsMin of [0, 1, 100, 1001, 4095, 4096]) {
        const issued = site.identity.sessions.issue({ principal, session: { ...session, policies }, tokenCharsMin });
        assert.ok(issued.sessionToken.length >= tokenCharsMin, `${issued.sessionToken.length} < ${tokenCharsMin}`);
        assert.ok(issued.sessionToken.length <= Math.max(tokenCharsMin + 3, 600), String(issued.sessionToken.length));
        const signing = new SignatureV4({ credentials: issued, region: 'us-east-1', service: 'ecr', sha256: Sha256 });
        assert.equal(await verify(await sent(signing), site), alice);
      }
    }
  });

  test('presigned, the token stands in the query', async () => {
    const { site, own } = made();
    const request = {
      method: 'GET',
      protocol: 'http:',
      hostname: 'localhost',
      path: '/',
      query: {},
      headers: { host },
    };
    const { query } = await own.presign(request, { expiresIn: 60, signingDate: new Date(startMs) });
    const text = new URLSearchParams(query as Record<string, string>).toString();
    assert.equal(await verify({ method: 'GET', query: text, headers: { host } }, site), alice);
  });
});
