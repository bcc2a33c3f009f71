// The published edge cases of Signature Version 4: its test suite's requests and signatures, and what services but S3
// do with paths.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import type { Request } from '#core/message.ts';
import { canonicalPath, canonicalQuery, canonicalRequestHash } from './canonical-request.ts';
import { requestOf } from './testing/sample-site.ts';

const timestamp = '20150830T123600Z';
const host = 'example.amazonaws.com';
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();

/** The signature that the suite's credentials and scope give a request. */
function suiteSignature(request: Request, signedHeaders = 'host;x-amz-date', body = ''): string {
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const hash = canonicalRequestHash({ request, signedHeaders: signedHeaders.split(';'), payloadHash });
  const scope = '20150830/us-east-1/service/aws4_request';
  const key = scope.split('/').reduce(hmac, Buffer.from('AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'));
  return hmac(key, ['AWS4-HMAC-SHA256', timestamp, scope, hash].join('\n')).toString('hex');
}

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly signedHeaders?: string;
  readonly body?: string;
  readonly signature: string;
}

const vanilla = '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
const cases: readonly Case[] = [
  { name: 'get-vanilla', signature: vanilla },
  { name: 'get-relative', path: '/example/..', signature: vanilla },
  { name: 'get-relative-relative', path: '/example1/example2/../..', signature: vanilla },
  { name: 'get-slash', path: '//', signature: vanilla },
  { name: 'get-slash-dot-slash', path: '/./', signature: vanilla },
  {
    name: 'get-slash-pointless-dot',
    path: '/./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
  {
    name: 'get-slashes',
    path: '//example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'get-unreserved',
    path: '/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-vanilla-empty-query-key',
    query: 'Param1=value1',
    signature: 'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    query: 'Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-query-order-value',
    query: 'Param1=value2&Param1=value1',
    signature: '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
  },
  {
    name: 'get-vanilla-utf8-query',
    query: '%E1%88%B4=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-header-key-duplicate',
    headers: { 'my-header1': ['value2', 'value2', 'value1'] },
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'get-header-value-trim',
    headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' },
    signedHeaders: 'host;my-header1;my-header2;x-amz-date',
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-vanilla',
    method: 'POST',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-x-www-form-urlencoded',
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    signedHeaders: 'content-type;host;x-amz-date',
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
  {
    name: 'post-header-key-sort',
    method: 'POST',
    headers: { 'my-header1': 'value1' },
    signedHeaders: 'host;my-header1;x-amz-date',
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
];

describe('the published suite', () => {
  for (const { name, signature, signedHeaders, body = '', headers = {}, ...sent } of cases) {
    test(name, () => {
      const request = requestOf({ method: 'GET', ...sent, headers: { host, 'x-amz-date': timestamp }, body });
      const all = { ...request, headers: { ...request.headers, ...headers } };
      assert.equal(suiteSignature(all, signedHeaders, body), signature);
    });
  }
});

test('services but S3 encode each segment of a path once more than it arrived', () => {
  assert.equal(canonicalPath('/example%20space/%E1%88%B4'), '/example%2520space/%25E1%2588%25B4');
  assert.equal(canonicalPath('/a/./b//../c/'), '/a/c/');
  assert.equal(canonicalPath('/../..'), '/');
});

test('a query is encoded exactly once, in upper case, and sorted by encoded name and value', () => {
  assert.equal(canonicalQuery('b=%2f&a=%7e&a=&a'), 'a=&a=&a=~&b=%2F');
  assert.equal(canonicalQuery('a=+&a=%20&a=%2B'), 'a=%20&a=%2B&a=%2B');
  assert.equal(canonicalQuery('a-b=1&a=2&A=3'), 'A=3&a=2&a-b=1');
});

test('a header value of bytes beyond ASCII is signed as the bytes that arrived', () => {
  const arrived = Buffer.from('grüße à la').toString('latin1');
  const request = requestOf({ method: 'GET', headers: { host, 'x-amz-date': timestamp, 'x-amz-note': arrived } });
  const headers = `host:${host}\nx-amz-date:${timestamp}\nx-amz-note:grüße à la\n`;
  const text = `GET\n/\n\n${headers}\nhost;x-amz-date;x-amz-note\nhash`;
  const signedHeaders = ['host', 'x-amz-date', 'x-amz-note'];
  const expected = createHash('sha256').update(text).digest('hex');
  assert.equal(canonicalRequestHash({ request, signedHeaders, payloadHash: 'hash' }), expected);
});
