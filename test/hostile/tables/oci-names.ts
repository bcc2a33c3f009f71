// The OCI door: paths, names, tags, digests, page sizes and ranges that are not what they should be.

import type { Expectation, HostileCase, HttpRequest } from '../case.ts';

const oci = (name: string, send: HttpRequest, expect: Expectation): HostileCase => ({
  door: 'oci',
  name,
  send,
  expect,
});
const get = (path: string, headers: Record<string, string> = {}): HttpRequest => ({ method: 'GET', path, headers });

const name: Expectation = { status: 400, code: 'NAME_INVALID' };
const nothing: Expectation = { status: 404, code: 'UNSUPPORTED' };
const digest: Expectation = { status: 400, code: 'DIGEST_INVALID' };

/** Names that are none, as they stand in a path. */
const names: readonly string[] = [
  ...['..', '.', '%2e%2e', '%2e', 'team/..', '../team/app', 'team/../app', 'team/%2e%2e/app', 'team%2f..%2fapp'],
  ...['team//app', '/team/app', 'team/app/', 'TEAM/APP', 'Team/app', 'team/App', 'team/app%00', 'team%00/app', '%00'],
  ...[
    'team/app%0a',
    'team/app%0d%0aX:%20y',
    'team/-app',
    'team/app-',
    'team/_app',
    'team/app.',
    'team/.app',
    'te am/app',
  ],
  ...['team/a..b', 'team/a___b', 'team/%e2%80%8bapp', 'team/%c3%a4pp', 'team/app;x', 'team/app:x', 'team/a%25b', 'a'],
  ...['~team/app', 'team\\app', '*', '%2a', 'team/app@sha256', "team/'app", 'team/"app', 'team/<app>', 'team/$app'],
  ...['a'.repeat(257), 'a/'.repeat(200).concat('a'), 'a'.repeat(5000)],
].map((one) => one.replaceAll(' ', '%20').replaceAll('"', '%22').replaceAll('<', '%3c').replaceAll('>', '%3e'));

const nameCases: readonly HostileCase[] = names.flatMap((one) => [
  oci(`tags of '${one.slice(0, 40)}'`, get(`/v2/${one}/tags/list`), name),
  oci(`a manifest of '${one.slice(0, 40)}'`, get(`/v2/${one}/manifests/one`), name),
  oci(`an upload to '${one.slice(0, 40)}'`, { method: 'POST', path: `/v2/${one}/blobs/uploads/` }, name),
]);

const paths: ReadonlyArray<readonly [string, Expectation]> = [
  ['/v2/../v2/team/app/tags/list', name],
  ['/v2/./team/app/tags/list', name],
  ['/v2//team/app/tags/list', name],
  ['/v2/team/app', nothing],
  ['/v2/team/app/', nothing],
  ['/v2/team/app/tags', nothing],
  ['/v2/team/app/tags/list/', nothing],
  ['/v2/team/app/tags/List', nothing],
  ['/v2/team/app/Manifests/one', nothing],
  ['/v2/_Catalog', nothing],
  ['/v2/%5fcatalog', { status: 200 }],
  ['/v2/team%2Fapp/tags/list', { status: 200 }],
  ['/v2/%', { status: 400, code: 'UNSUPPORTED' }],
  ['/v2/%zz/tags/list', { status: 400, code: 'UNSUPPORTED' }],
  ['/v2/%ff/tags/list', { status: 400, code: 'UNSUPPORTED' }],
  ['/v2/%c0%af/tags/list', { status: 400, code: 'UNSUPPORTED' }],
  ['/v2/team/app/blobs/uploads/../../manifests/one', name],
  ['/v2/team/app/manifests/one/../../../../secret/app/manifests/one', { status: [400, 404] }],
  ['/v2/team/app/manifests/one?/../x', { status: 200 }],
  [`/v2/${'a/'.repeat(4000)}tags/list`, name],
  [`/v2/${'manifests/'.repeat(800)}x`, { status: 400, code: 'NAME_INVALID' }],
  [`/v2/${'%61'.repeat(2600)}/tags/list`, name],
];

const pathCases: readonly HostileCase[] = [
  ...paths.map(([path, expect]) => oci(`path ${path.slice(0, 50)}`, get(path), expect)),
  ...[
    '/V2/',
    '/v2x',
    '/v3/',
    '//v2/',
    '/./v2/',
    '/layersx',
    '/favicon.ico',
    '/robots.txt',
    '/.git/config',
    '/etc/passwd',
  ].map((path) => oci(`no door: ${path}`, get(path), { status: 404, shape: 'text', code: 'There is nothing here.' })),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH', 'PURGE', 'LINK'].map((method) =>
    oci(`${method} /v2/`, { method, path: '/v2/' }, { status: 405, code: 'UNSUPPORTED' }),
  ),
  ...['POST', 'PATCH', 'OPTIONS', 'TRACE', 'get', 'Get'].map((method) =>
    oci(
      `${method} of a manifest`,
      { method, path: '/v2/team/app/manifests/one' },
      {
        status: /^[A-Z]+$/.test(method) ? 405 : 400,
        ...(/^[A-Z]+$/.test(method) ? { code: 'UNSUPPORTED' } : { shape: 'text' as const }),
      },
    ),
  ),
];

const references: readonly string[] = [
  ...['..', '.', '-one', '.one', 'one%00', 'o%0ane', 'o ne', 'a'.repeat(129), 'a'.repeat(5000), '%c3%a4', 'one%2f..'],
].map((one) => one.replaceAll(' ', '%20'));

const wrongDigests: readonly string[] = [
  ...['sha256:', 'sha256:abc', `sha256:${'a'.repeat(63)}`, `sha256:${'a'.repeat(65)}`, `sha256:${'A'.repeat(64)}`],
  ...[`sha256:${'g'.repeat(64)}`, `SHA256:${'a'.repeat(64)}`, `sha512:${'a'.repeat(64)}`, `sha256:${'a'.repeat(128)}`],
  ...[`md5:${'a'.repeat(32)}`, `sha1:${'a'.repeat(40)}`, `sha384:${'a'.repeat(96)}`, `sha256+b64:${'a'.repeat(64)}`],
  ...[`sha256:${'a'.repeat(63)}%00`, `sha256:${'a'.repeat(63)}%0a`, ':', 'sha256::'],
  ...[`sha256:${'0'.repeat(5000)}`, `constructor:${'a'.repeat(64)}`, `__proto__:${'a'.repeat(64)}`],
  ...[`sha256:${'%61'.repeat(63)}`, `sha256:${'１'.repeat(0)}%ef%bc%91${'a'.repeat(63)}`],
];

const referenceCases: readonly HostileCase[] = [
  ...references.map((one) =>
    oci(`manifest '${one.slice(0, 30)}'`, get(`/v2/team/app/manifests/${one}`), {
      status: [400, 404],
      code: ['MANIFEST_UNKNOWN', 'NAME_INVALID', 'UNSUPPORTED'],
    }),
  ),
  ...references.map((one) =>
    oci(
      `push to '${one.slice(0, 30)}'`,
      { method: 'PUT', path: `/v2/team/app/manifests/${one}`, body: '{}' },
      { status: [400, 404], code: ['MANIFEST_INVALID', 'NAME_INVALID', 'UNSUPPORTED'] },
    ),
  ),
  ...wrongDigests.flatMap((one) => [
    oci(`manifest ${one.slice(0, 40)}`, get(`/v2/team/app/manifests/${one}`), digest),
    oci(`blob ${one.slice(0, 40)}`, get(`/v2/team/app/blobs/${one}`), digest),
    oci(
      `delete blob ${one.slice(0, 40)}`,
      { method: 'DELETE', path: `/v2/team/app/blobs/${one}` },
      {
        status: [400, 403],
        code: ['DIGEST_INVALID', 'DENIED'],
      },
    ),
    oci(`referrers of ${one.slice(0, 40)}`, get(`/v2/team/app/referrers/${one}`), digest),
    oci(
      `complete with ${one.slice(0, 40)}`,
      { method: 'PUT', path: `/v2/team/app/blobs/uploads/{upload}?digest=${one}` },
      digest,
    ),
    oci(`mount ${one.slice(0, 40)}`, { method: 'POST', path: `/v2/team/app/blobs/uploads/?mount=${one}` }, digest),
    oci(
      `whole upload of ${one.slice(0, 40)}`,
      { method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${one}`, body: 'x' },
      digest,
    ),
  ]),
];

const pages: readonly HostileCase[] = [
  '-1',
  '1.5',
  'x',
  '1e9',
  '0x10',
  '９',
  '99999999999999999999',
  '%00',
  '1%002',
  '',
].flatMap((n) => [
  oci(`n=${n} of tags`, get(`/v2/team/app/tags/list?n=${encodeIfNeeded(n)}`), { status: 400, code: 'UNSUPPORTED' }),
  oci(`n=${n} of the catalog`, get(`/v2/_catalog?n=${encodeIfNeeded(n)}`), { status: 400, code: 'UNSUPPORTED' }),
]);

function encodeIfNeeded(text: string): string {
  return text.includes('%') ? text : encodeURIComponent(text);
}

const lasts: readonly HostileCase[] = [
  ...['', 'zzz', '%00', '..%2f..', "';--", '%ff', 'a'.repeat(5000), '%f0%9f%92%a3', 'one%0aX'].flatMap((last) => [
    oci(`last=${last.slice(0, 20)} of tags`, get(`/v2/team/app/tags/list?last=${last}`), { status: 200 }),
    oci(`last=${last.slice(0, 20)} of the catalog`, get(`/v2/_catalog?n=5&last=${last}`), { status: 200 }),
  ]),
  ...['', 'x', 'AAAA', 'a'.repeat(5000), Buffer.alloc(64, 7).toString('base64url')].map((last) =>
    oci(`a forged last=${last.slice(0, 20)} of referrers`, get(`/v2/team/app/referrers/{digest}?last=${last}`), {
      status: 400,
      code: 'UNSUPPORTED',
    }),
  ),
  oci('n=999999999 of tags', get('/v2/team/app/tags/list?n=999999999'), { status: 200 }),
  oci('n=0 of the catalog', get('/v2/_catalog?n=0'), { status: 200 }),
  oci('n twice', get('/v2/team/app/tags/list?n=1&n=x'), { status: 200 }),
];

const satisfiable: readonly (readonly [string, number])[] = [
  ...(['bytes=0-0', 'bytes=0-', 'bytes=-1', 'bytes=-999999', 'bytes=99999-', 'bytes=0-9999999999999999'] as const).map(
    (one) => [one, 206] as const,
  ),
  // Anything else than one range of bytes is ignored: the whole blob.
  ...[
    ...[
      'bytes=5-4',
      'bytes=0-0,1-1',
      'bytes=0-1,-1',
      'bytes=--1',
      'bytes=a-b',
      'bytes=',
      'bytes',
      'items=0-1',
      'bytes=0',
    ],
    ...[
      'bytes=0-99999999999999999999',
      'bytes=-',
      'bytes = 0-1',
      'bytes=0 - 1',
      'bytes=+0-1',
      'bytes=0x0-0x1',
      'x'.repeat(5000),
    ],
    ...[`bytes=${'0-1,'.repeat(1000)}0-1`, 'BYTES=0-1', 'bytes=0-1;x'],
  ].map((one) => [one, 200] as const),
  ...(['bytes=100000-', 'bytes=999999999-', 'bytes=-0', 'bytes=100000-100000'] as const).map(
    (one) => [one, 416] as const,
  ),
];

const ranges: readonly HostileCase[] = satisfiable.map(([range, status]) =>
  oci(`Range: ${range.slice(0, 40)}`, get('/v2/team/app/blobs/{layer}', { range }), {
    status,
    ...(status === 416 ? { code: 'UNSUPPORTED', headers: { 'content-range': 'bytes */100000' } } : {}),
  }),
);

const conditions: readonly HostileCase[] = ['"x"', 'W/"x"', '*', '', '"', 'x'.repeat(5000)].flatMap((condition) => [
  oci(`If-None-Match: ${condition.slice(0, 20)}`, get('/v2/team/app/blobs/{layer}', { 'if-none-match': condition }), {
    status: condition === '*' ? 304 : 200,
  }),
  oci(
    `If-Range: ${condition.slice(0, 20)}`,
    get('/v2/team/app/blobs/{layer}', { range: 'bytes=0-1', 'if-range': condition }),
    {
      status: 200,
    },
  ),
]);

export const ociNameCases: readonly HostileCase[] = [
  ...[...nameCases, ...pathCases, ...referenceCases],
  ...[...pages, ...lasts, ...ranges, ...conditions],
];
