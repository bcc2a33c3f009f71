// The management listener: it has three pages, no secrets and no way to change anything.

import type { Expectation, HostileCase } from '../case.ts';

const nothing: Expectation = { status: 404, code: 'There is nothing here.' };

const at = (name: string, text: string, expect: Expectation): HostileCase => ({
  door: 'management',
  name,
  send: { pieces: [`${text}\r\n\r\n`], to: 'management' },
  expect,
});

const paths: readonly string[] = [
  ...[
    '/',
    '/v2/',
    '/v2/team/app/tags/list',
    '/livez/',
    '/LIVEZ',
    '/livez/..',
    '/../livez',
    '/%6civez',
    '//livez',
    '/livez%00',
  ],
  ...[
    '/metrics/',
    '/metrics%2f',
    '/debug/pprof',
    '/env',
    '/.env',
    '/actuator',
    '/layers/x',
    `/${'a'.repeat(5000)}`,
    '/readyz;x',
  ],
];

export const managementCases: readonly HostileCase[] = [
  ...paths.map((path) => at(`GET ${path.slice(0, 30)}`, `GET ${path} HTTP/1.1\r\nHost: {management}`, nothing)),
  ...['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'].map((method) =>
    at(`${method} /metrics`, `${method} /metrics HTTP/1.1\r\nHost: {management}\r\nContent-Length: 0`, nothing),
  ),
  at('two lengths', 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 1', {
    status: 400,
    closes: true,
  }),
  at('CL and TE', 'POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked', {
    status: 400,
    closes: true,
  }),
  at('a header of 64 kB', `GET /livez HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(65_536)}`, {
    status: 431,
    closes: true,
  }),
  at('an endless body', 'GET /livez HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked', { status: 200, closes: true }),
  at('no Host', 'GET /livez HTTP/1.1', { status: 400, closes: true }),
  at('a foreign Host', 'GET /livez HTTP/1.1\r\nHost: evil.example.com', { status: [200, 421] }),
  at('a query', 'GET /livez?a=b HTTP/1.1\r\nHost: a', { status: 200 }),
];
