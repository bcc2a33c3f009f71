// Whose word on the source address counts: nobody's, but that of trusted proxies, and of that no more than they know.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AddressRange, parseRange } from '#std/ip-addresses.ts';
import { openOrigins, type ProxyRules } from './origins.ts';

const ranges = ['10.0.0.0/8', '2001:db8:1::/48'].flatMap((text): readonly AddressRange[] => {
  const range = parseRange(text);
  return range === undefined ? [] : [range];
});

function originOf(
  headers: Readonly<Record<string, string>>,
  peer = '10.0.0.1',
  header: ProxyRules['header'] = 'x-forwarded-for',
  secure = false,
) {
  return openOrigins({ trusted: ranges, header })(headers, peer, secure);
}

const addressOf = (forwarded: string, peer?: string) => originOf({ 'x-forwarded-for': forwarded }, peer).address;

const chains: ReadonlyArray<readonly [what: string, header: string, expected: string]> = [
  ['one proxy', '192.0.2.1', '192.0.2.1'],
  ['two trusted proxies', '192.0.2.1, 10.0.0.2', '192.0.2.1'],
  ['what a client claims to be left of it', '203.0.113.9, 192.0.2.1', '192.0.2.1'],
  ['a client that claims to be a trusted proxy', '203.0.113.9, 10.9.9.9, 192.0.2.1', '192.0.2.1'],
  ['only trusted proxies: the first of them', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['IPv6', '2001:db8::7, 2001:db8:1::1', '2001:db8::7'],
  ['IPv6 with port', '[2001:db8::7]:4711', '2001:db8::7'],
  ['IPv4 with port', '192.0.2.1:4711', '192.0.2.1'],
  ['IPv4 within IPv6', '::ffff:192.0.2.1', '192.0.2.1'],
  ['blanks and tabs', ' 192.0.2.1 ,\t10.0.0.2 ', '192.0.2.1'],
  ['nothing', '', '10.0.0.1'],
  ['a hop that nobody can read', '192.0.2.1, unknown', '10.0.0.1'],
  ['an unreadable hop behind a proxy', '192.0.2.1, unknown, 10.0.0.2', '10.0.0.2'],
  ['an empty hop', '192.0.2.1,', '10.0.0.1'],
  ['an octal address', '192.0.2.1, 0300.0.2.1', '10.0.0.1'],
  ['an address and more', '192.0.2.1 or so', '10.0.0.1'],
  ['a header of commas', ','.repeat(10_000), '10.0.0.1'],
];
for (const [what, header, expected] of chains) {
  test(`X-Forwarded-For, ${what}`, () => assert.equal(addressOf(header), expected));
}

test('a peer that is no trusted proxy is itself, whatever it says', () => {
  const headers = { 'x-forwarded-for': '10.0.0.9', forwarded: 'for=10.0.0.9', 'x-forwarded-proto': 'https' };
  for (const peer of ['192.0.2.66', '2001:db8::66', '']) {
    assert.deepEqual(originOf(headers, peer), { address: peer, secure: false });
    assert.deepEqual(originOf(headers, peer, 'forwarded', true), { address: peer, secure: true });
  }
});

test('without trusted proxies no header counts, and IPv4 over an IPv6 socket is IPv4', () => {
  const origins = openOrigins({ trusted: [], header: 'x-forwarded-for' });
  const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' };
  assert.deepEqual(origins(headers, '::ffff:10.0.0.1', false), { address: '10.0.0.1', secure: false });
});

test('a trusted proxy is known over an IPv6 socket too', () => {
  assert.equal(addressOf('192.0.2.1', '::ffff:10.0.0.1'), '192.0.2.1');
});

const protocols: ReadonlyArray<readonly [header: string, secure: boolean, expected: boolean]> = [
  ['https', false, true],
  ['HTTPS', false, true],
  ['http', true, false],
  ['https, http', false, false],
  ['http, https', false, false],
  ['https,https', false, true],
  ['wss', false, false],
];
for (const [header, secure, expected] of protocols) {
  test(`X-Forwarded-Proto: ${header} over ${secure ? 'TLS' : 'plaintext'}`, () => {
    const headers = { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': header };
    assert.equal(originOf(headers, '10.0.0.1', 'x-forwarded-for', secure).secure, expected);
  });
}

test('a proxy that says nothing of the protocol leaves it as it is here', () => {
  const headers = { 'x-forwarded-for': '192.0.2.1' };
  assert.equal(originOf(headers, '10.0.0.1', 'x-forwarded-for', true).secure, true);
  assert.equal(originOf(headers, '10.0.0.1', 'x-forwarded-for', false).secure, false);
});

const elements: ReadonlyArray<readonly [header: string, expected: string, secure: boolean]> = [
  ['for=192.0.2.1', '192.0.2.1', false],
  ['for=192.0.2.1;proto=https;by=10.0.0.1', '192.0.2.1', true],
  ['For="[2001:db8::7]:4711"; Proto=HTTPS', '2001:db8::7', true],
  ['for=203.0.113.9, for=192.0.2.1;proto=http', '192.0.2.1', false],
  ['for=192.0.2.1, for=10.0.0.2', '192.0.2.1', false],
  ['for=_hidden', '10.0.0.1', false],
  ['for=unknown', '10.0.0.1', false],
  ['for=192.0.2.1;for=192.0.2.2', '10.0.0.1', false],
  ['for=192.0.2.1;host="x,for=203.0.113.9"', '10.0.0.1', false],
  ['for=192.0.2.1;host="x,for=203.0.113.9;y=\\""', '10.0.0.1', false],
  ['proto=https', '10.0.0.1', true],
  ['nonsense', '10.0.0.1', false],
];
for (const [header, expected, secure] of elements) {
  test(`Forwarded: ${header}`, () => {
    const origin = originOf({ forwarded: header, 'x-forwarded-for': '203.0.113.1' }, '10.0.0.1', 'forwarded');
    assert.deepEqual(origin, { address: expected, secure });
  });
}

test('only the configured header is read', () => {
  assert.equal(originOf({ forwarded: 'for=192.0.2.1' }).address, '10.0.0.1');
  assert.equal(originOf({ 'x-forwarded-for': '192.0.2.1' }, '10.0.0.1', 'forwarded').address, '10.0.0.1');
});
