// Download URLs: tokens cut, changed and foreign, and methods that only look.

import type { Expectation, HostileCase, HttpRequest } from '../case.ts';

const at = (name: string, send: HttpRequest, expect: Expectation): HostileCase => ({
  door: 'download',
  name,
  send: { as: 'none', ...send },
  expect,
});

const unauthorized: Expectation = { status: 401, code: 'UNAUTHORIZED' };
const tokens: readonly string[] = [
  ...['', 'x', '..', '../v2/', '%2e%2e', '%00', 'AAAA', '*', 'a'.repeat(5000), 'a'.repeat(4097), `${'A'.repeat(300)}=`],
  ...[Buffer.alloc(300, 7).toString('base64url'), '{token}', 'constructor', '%c3%a4'],
];

export const downloadCases: readonly HostileCase[] = [
  ...tokens.map((token) =>
    at(`token '${token.slice(0, 30)}'`, { method: 'GET', path: `/layers/${token}` }, unauthorized),
  ),
  at('a token with something behind it', { method: 'GET', path: '{download}x' }, unauthorized),
  at('a token with a path behind it', { method: 'GET', path: '{download}/../x' }, unauthorized),
  at('a token and a dot', { method: 'GET', path: '{download}%2e' }, unauthorized),
  at('a token twice', { method: 'GET', path: '{download}{download}' }, unauthorized),
  ...['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'].map((method) =>
    at(`${method} of a good token`, { method, path: '{download}' }, { status: 405, code: 'UNSUPPORTED' }),
  ),
  at(
    'a good token with a range beyond the end',
    { method: 'GET', path: '{download}', headers: { range: 'bytes=100000-' } },
    {
      status: 416,
      code: 'UNSUPPORTED',
    },
  ),
  at(
    'a good token for a browser',
    { method: 'GET', path: '{download}', headers: { origin: 'https://evil.example.com' } },
    {
      status: 200,
      headers: {
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': null,
        'content-type': 'application/octet-stream',
        'content-security-policy': 'sandbox',
      },
    },
  ),
  at(
    'a good token and a query that wants more',
    { method: 'GET', path: '{download}?digest=x&registry=y' },
    { status: 200 },
  ),
  at(
    'a good token with a foreign Authorization',
    { method: 'GET', path: '{download}', as: { header: 'Basic eA==' } },
    {
      status: 200,
    },
  ),
];
