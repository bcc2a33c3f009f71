// The OCI door: chunks out of order, overlapping, empty and lying about their length; uploads that are not there.

import type { Expectation, HostileCase, HttpRequest } from '../case.ts';

const oci = (name: string, send: HttpRequest, expect: Expectation): HostileCase => ({
  door: 'oci',
  name,
  send,
  expect,
});
const upload = '/v2/team/app/blobs/uploads/{upload}';
const patch = (body: string | Buffer, headers: Record<string, string> = {}): HttpRequest => ({
  method: 'PATCH',
  path: upload,
  body,
  headers,
});

const outOfOrder: Expectation = { status: 416, code: 'BLOB_UPLOAD_INVALID', headers: { range: '0-4' } };
const wrongSize: Expectation = { status: 400, code: 'SIZE_INVALID' };
const unknown: Expectation = { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' };
const invalid: Expectation = { status: 400, code: 'DIGEST_INVALID' };
const hello = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

/** The upload has the five bytes `hello`: the next chunk begins at 5. */
const chunks: ReadonlyArray<readonly [range: string, body: string, Expectation]> = [
  ['0-4', 'hello', outOfOrder],
  ['4-8', 'again', outOfOrder],
  ['6-10', 'again', outOfOrder],
  ['100-104', 'again', outOfOrder],
  // Beyond 2^53 the length of a range cannot be known.
  ['9007199254740991-9007199254740995', 'again', wrongSize],
  ['9999999999999995-9999999999999999', 'again', outOfOrder],
  ['5-8', 'again', wrongSize],
  ['5-10', 'again', wrongSize],
  ['5-4', '', wrongSize],
  ['9-5', 'again', wrongSize],
  ['-5', 'again', wrongSize],
  ['5-', 'again', wrongSize],
  ['5', 'again', wrongSize],
  ['', 'again', wrongSize],
  ['a-b', 'again', wrongSize],
  ['5-9,10-14', 'again', wrongSize],
  ['bytes 5-9/4', 'again', { status: [202, 400] }],
  ['bytes=5-9', 'again', { status: 202 }],
  ['5.0-9', 'again', wrongSize],
  ['0x5-0x9', 'again', wrongSize],
  ['-5--1', 'again', wrongSize],
  ['99999999999999999999-99999999999999999999', 'again', wrongSize],
  [`${'9'.repeat(5000)}-1`, 'again', wrongSize],
];

const chunkCases: readonly HostileCase[] = [
  ...chunks.map(([range, body, expect]) =>
    oci(`a chunk ${range.slice(0, 40)}`, patch(body, { 'content-range': range }), {
      ...expect,
      mayChange: [expect.status].flat().includes(202),
    }),
  ),
  oci('an empty chunk', patch(''), { status: 202 }),
  oci('an empty chunk of a wrong place', patch('', { 'content-range': '0-0' }), wrongSize),
  oci('a chunk without a length', patch('1\r\nx\r\n0\r\n\r\n', { 'transfer-encoding': 'chunked' }), {
    status: 202,
    mayChange: true,
  }),
  oci(
    'an endless chunk of the last range',
    patch('1\r\nx\r\n0\r\n\r\n', {
      'transfer-encoding': 'chunked',
      'content-range': '5-9',
    }),
    { ...wrongSize, mayChange: true },
  ),
  oci(
    'a layer beyond all layers, announced',
    { ...patch('x'), declaredBytes: 54_525_952_001 },
    {
      status: 429,
      code: 'TOOMANYREQUESTS',
      closes: true,
    },
  ),
  oci(
    '2^53 bytes, announced',
    { ...patch('x'), declaredBytes: 2 ** 53 },
    {
      status: 429,
      code: 'TOOMANYREQUESTS',
      closes: true,
    },
  ),
];

const ids: readonly string[] = [
  ...['00000000-0000-4000-8000-000000000000', 'x', '..', '%2e%2e', '%00', '*', "'or'1'='1", '-1', '0', 'uploads'],
  ...['00000000-0000-4000-8000-00000000000G', 'a'.repeat(5000), '{upload}x', '00000000000040008000000000000000'],
];

const idCases: readonly HostileCase[] = ids.flatMap((id) =>
  ['GET', 'PATCH', 'DELETE'].map((method) =>
    oci(`${method} upload '${id.slice(0, 40)}'`, { method, path: `/v2/team/app/blobs/uploads/${id}` }, unknown),
  ),
);

const elsewhere: readonly HostileCase[] = ['GET', 'PATCH', 'DELETE'].map((method) =>
  oci(`${method} an upload of another repository`, { method, path: '/v2/team/other/blobs/uploads/{upload}' }, unknown),
);

const completions: ReadonlyArray<readonly [string, string, Expectation]> = [
  ['no digest', '', invalid],
  ['an empty digest', '?digest=', invalid],
  ['another digest', `?digest=sha256:${'0'.repeat(64)}`, invalid],
  ['a sha512 digest of the wrong bytes', `?digest=sha512:${'0'.repeat(128)}`, invalid],
  ['two digests', `?digest=sha256:${'0'.repeat(64)}&digest=${hello}`, invalid],
  ['a digest in upper case', `?digest=${hello.toUpperCase()}`, invalid],
  ['a digest elsewhere', `?Digest=${hello}`, invalid],
];

const completionCases: readonly HostileCase[] = completions.map(([what, query, expect]) =>
  // A completion that fails may end the upload.
  oci(`complete with ${what}`, { method: 'PUT', path: `${upload}${query}` }, { ...expect, mayChange: true }),
);

const starts: ReadonlyArray<readonly [string, HttpRequest, Expectation]> = [
  ['of no repository', { method: 'POST', path: '/v2/team/none/blobs/uploads/' }, { status: 404, code: 'NAME_UNKNOWN' }],
  [
    'of somebody else',
    { method: 'POST', path: '/v2/team/app/blobs/uploads/', as: 'nobody' },
    { status: 403, code: 'DENIED' },
  ],
  ['with an unknown algorithm', { method: 'POST', path: '/v2/team/app/blobs/uploads/?digest-algorithm=md5' }, invalid],
  [
    'with the algorithm constructor',
    { method: 'POST', path: '/v2/team/app/blobs/uploads/?digest-algorithm=constructor' },
    invalid,
  ],
  [
    'whole, with other bytes',
    { method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${hello}`, body: 'hullo' },
    invalid,
  ],
  [
    'whole, with a lying range',
    {
      method: 'POST',
      path: `/v2/team/app/blobs/uploads/?digest=${hello}`,
      body: 'hello',
      headers: { 'content-range': '0-5' },
    },
    wrongSize,
  ],
];

const startCases: readonly HostileCase[] = starts.map(([what, send, expect]) => oci(`an upload ${what}`, send, expect));

export const ociUploadCases: readonly HostileCase[] = [
  ...[...chunkCases, ...idCases, ...elsewhere, ...completionCases, ...startCases],
];
