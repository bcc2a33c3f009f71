// Raw sockets: heads that two parties could read differently, bodies that lie, clients that vanish or hardly move.

import type { Expectation, HostileCase, RawRequest } from '../case.ts';

const socket = (
  name: string,
  pieces: RawRequest['pieces'],
  expect: Expectation,
  more: Partial<RawRequest> = {},
): HostileCase => ({
  door: 'socket',
  name,
  send: { pieces, ...more },
  expect,
});

const refused: Expectation = { status: 400, closes: true };
const authorization = 'Authorization: {authorization}';
const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const get = (...lines: readonly string[]) => head('GET /v2/ HTTP/1.1', 'Host: {host}', authorization, ...lines);
const post = (...lines: readonly string[]) =>
  head('POST /v2/team/app/blobs/uploads/ HTTP/1.1', 'Host: {host}', authorization, ...lines);
const inner = head('GET /v2/secret/app/tags/list HTTP/1.1', 'Host: {host}');

/** Each is one request for one reader and two for another: here it is none. */
const smuggled: ReadonlyArray<readonly [string, string]> = [
  ['CL and TE', post('Content-Length: 4', 'Transfer-Encoding: chunked') + `0\r\n\r\n${inner}`],
  ['TE and CL', post('Transfer-Encoding: chunked', 'Content-Length: 4') + `0\r\n\r\n${inner}`],
  ['two lengths that differ', post('Content-Length: 0', 'Content-Length: 40') + inner],
  ['two lengths that agree', post('Content-Length: 0', 'Content-Length: 0')],
  ['a list of lengths', post('Content-Length: 0, 40') + inner],
  ['a negative length', post('Content-Length: -1')],
  ['a length with a sign', post('Content-Length: +4')],
  ['a hexadecimal length', post('Content-Length: 0x4')],
  ['a length with a space', post('Content-Length: 1 2')],
  ['a length of 2^64', post('Content-Length: 18446744073709551616')],
  ['an empty length', post('Content-Length: ')],
  ['a space before the colon', post('Content-Length : 4') + inner],
  ['a space before TE', post('Transfer-Encoding : chunked') + `0\r\n\r\n${inner}`],
  ['a folded header', post('X-A: b', ' Transfer-Encoding: chunked')],
  ['a folded TE', post('Transfer-Encoding:', ' chunked')],
  ['a bare CR in a header', get('X-A: b\rTransfer-Encoding: chunked')],
  ['a bare CR at the end of a line', `GET /v2/ HTTP/1.1\rHost: {host}\r\n\r\n`],
  ['a null byte in a header', get('X-A: b\u0000c')],
  ['a null byte in a name', get('X-\u0000A: b')],
  ['TE with a vertical tab', post('Transfer-Encoding:\u000bchunked') + `0\r\n\r\n${inner}`],
  ['TE chunked twice', post('Transfer-Encoding: chunked, chunked') + `0\r\n\r\n${inner}`],
  ['TE not last', post('Transfer-Encoding: chunked, identity') + `0\r\n\r\n${inner}`],
  ['TE xchunked', post('Transfer-Encoding: xchunked') + `0\r\n\r\n${inner}`],
  ['two Hosts', head('GET /v2/ HTTP/1.1', 'Host: {host}', 'Host: evil.example.com', authorization)],
  ['no Host', head('GET /v2/ HTTP/1.1', authorization)],
  ['a header without a colon', get('X-A')],
  ['a header without a name', get(': b')],
  ['a space at the start of the head', ` ${get()}`],
  ['a target with a space', head('GET /v2/ x HTTP/1.1', 'Host: {host}', authorization)],
  ['a target with a null byte', head('GET /v2/\u0000 HTTP/1.1', 'Host: {host}')],
  ['a target without a slash', head('GET v2 HTTP/1.1', 'Host: {host}')],
  ['version 9.9', head('GET /v2/ HTTP/9.9', 'Host: {host}')],
  ['a word for a version', head('GET /v2/ HTTP/x', 'Host: {host}')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['an unknown method', head('BREW /v2/ HTTP/1.1', 'Host: {host}')],
  ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'],
  ['noise', '\u0000\u0001\u0002\u00ff\u00fe'.repeat(100)],
  ['an SSH greeting', 'SSH-2.0-OpenSSH_9.6\r\n'],
];

const chunked = (body: string) =>
  head(
    'PATCH /v2/team/app/blobs/uploads/{upload} HTTP/1.1',
    'Host: {host}',
    authorization,
    'Transfer-Encoding: chunked',
  ) + body;

const chunkForms: ReadonlyArray<readonly [string, string]> = [
  ['a size that is no number', 'x\r\na\r\n0\r\n\r\n'],
  ['a negative size', '-1\r\na\r\n0\r\n\r\n'],
  ['a size with 0x', '0x1\r\na\r\n0\r\n\r\n'],
  ['a size of 2^64', '10000000000000000\r\na\r\n0\r\n\r\n'],
  ['a size that is too small', '1\r\nabc\r\n0\r\n\r\n'],
  ['a size with a space', '1 \r\na\r\n0\r\n\r\n'],
  ['bare line feeds', '1\na\n0\n\n'],
  ['a line feed in an extension', '1;a\nb\r\na\r\n0\r\n\r\n'],
  ['an extension of 20 kB', `1;${'a'.repeat(20_000)}\r\na\r\n0\r\n\r\n`],
  ['a trailer of 40 kB', `1\r\na\r\n0\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`],
];

/** Bytes after which the client is gone: nobody to answer, and nothing may be left open. */
const vanishing: ReadonlyArray<readonly [string, RawRequest['pieces']]> = [
  ['before it says anything', ['']],
  ['in the middle of a head', ['GET /v2/ HTT']],
  ['after its head', [get()]],
  ['in the middle of a body', [`${post('Content-Length: 1000')}some`]],
  ['in the middle of a chunk', [chunked('ff\r\nabc')]],
  ['while it waits to be asked', [post('Content-Length: 1000', 'Expect: 100-continue')]],
  [
    'in the middle of a manifest',
    [head('PUT /v2/team/app/manifests/x HTTP/1.1', 'Host: {host}', authorization, 'Content-Length: 9999') + '{"a'],
  ],
  [
    'in the middle of a signed call',
    [
      head(
        'POST / HTTP/1.1',
        'Host: {host}',
        'X-Amz-Target: AmazonEC2ContainerRegistry_V20150921.ListImages',
        'Content-Length: 9999',
      ) + '{"a',
    ],
  ],
  ['while it downloads', [head('GET /v2/team/app/blobs/{layer} HTTP/1.1', 'Host: {host}', authorization)]],
];

const floods: readonly HostileCase[] = [
  socket('a header of 64 kB', [get(`X-A: ${'a'.repeat(65_536)}`)], { status: 431, closes: true }),
  socket('a name of 64 kB', [get(`${'a'.repeat(65_536)}: b`)], { status: 431, closes: true }),
  socket('150 headers', [get(...Array.from({ length: 150 }, (_, i) => `X-${i}: b`))], { status: 431 }),
  socket('5000 headers', [get(...Array.from({ length: 5000 }, (_, i) => `X-${i}: b`))], { status: 431, closes: true }),
  socket('the same header 90 times', [get(...Array.from({ length: 90 }, () => 'X-A: b'))], { status: 200 }),
  socket('a target of 16 kB', [head(`GET /v2/${'a'.repeat(16_000)} HTTP/1.1`, 'Host: {host}')], { status: 414 }),
  socket('a target of 64 kB', [head(`GET /${'a'.repeat(65_536)} HTTP/1.1`, 'Host: {host}')], {
    status: [414, 431],
    closes: true,
  }),
  socket(
    'a head without end',
    ['GET /v2/ HTTP/1.1\r\n', ...Array.from({ length: 200 }, () => `X-A: ${'a'.repeat(500)}\r\n`)],
    { status: [0, 431], closes: true },
  ),
  socket('empty lines before a head', ['\r\n'.repeat(10) + get()], { status: [200, 400] }),
  socket('1000 empty lines', ['\r\n'.repeat(1000)], { status: [0, 400] }, { afterwards: 'end' }),
  socket('17 requests ahead of their answers', [get().repeat(200)], { status: [0, 200], closes: true, answers: 1 }),
];

const lies: readonly HostileCase[] = [
  socket(
    'a length that is too large, then nothing',
    [post('Content-Length: 10') + 'abc'],
    // An upload begins with its head: on a busy machine it has, before the end of the body is missed.
    { status: [202, 400], mayChange: true },
    { afterwards: 'end' },
  ),
  socket(
    'a length that is too small',
    [
      head('PATCH /v2/team/app/blobs/uploads/{upload} HTTP/1.1', 'Host: {host}', authorization, 'Content-Length: 2') +
        'abcdef',
    ],
    // What follows is no request: the connection ends, with or without the answer to the first one.
    { status: [202, 400], mayChange: true, closes: true },
  ),
  socket('version 2.0', [head('GET /v2/ HTTP/2.0', 'Host: {host}')], { status: 505, closes: true }),
  socket('HTTP/0.9', ['GET /v2/\r\n\r\n'], { status: 505, closes: true }),
  socket('a body for a GET', [get('Content-Length: 3') + 'abc'], { status: 200 }),
  socket('a body for a GET that never comes', [get('Content-Length: 3')], { status: 200, closes: true }),
  socket(
    'a body for a HEAD',
    [head('HEAD /v2/team/app/manifests/one HTTP/1.1', 'Host: {host}', authorization, 'Content-Length: 3') + 'abc'],
    { status: 200 },
  ),
  socket('an expectation that nobody knows', [get('Expect: 200-ok')], { status: 417 }),
  socket('an upgrade to a WebSocket', [get('Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x')], {
    status: 200,
  }),
  socket(
    'an upgrade to HTTP/2',
    [get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk')],
    { status: 200 },
  ),
  socket('CONNECT', [head('CONNECT evil.example.com:443 HTTP/1.1', 'Host: evil.example.com')], {
    status: 0,
    closes: true,
  }),
  socket('an absolute target', [head('GET http://evil.example.com/v2/ HTTP/1.1', 'Host: {host}', authorization)], {
    status: 404,
  }),
  socket('an asterisk', [head('OPTIONS * HTTP/1.1', 'Host: {host}', authorization)], { status: 404 }),
  socket('a fragment in the target', [head('GET /v2/#x HTTP/1.1', 'Host: {host}', authorization)], {
    status: [400, 404],
  }),
  socket('HTTP/1.0', [head('GET /v2/ HTTP/1.0', 'Host: {host}', authorization)], { status: 200, closes: true }),
  socket('TE gzip', [post('Transfer-Encoding: gzip, chunked') + '0\r\n\r\n'], { status: 501 }),
  socket('two good requests', [get() + get()], { status: 200, answers: 2 }),
];

const slow: readonly HostileCase[] = [
  socket('a head that does not end', [get().slice(0, -2)], { status: 408, closes: true, withinMs: 3500 }),
  socket(
    'a head a byte at a time',
    Array.from({ length: 60 }, (_, i) => ['GET /v2/ HTTP/1.1\r\nHost: a\r\nX: '.charAt(i) || 'a', 60]).flat(),
    { status: [0, 408], closes: true, withinMs: 4500 },
  ),
  socket('nothing at all', [''], { status: [0, 408], closes: true, withinMs: 3500 }),
  socket('a body a byte at a time', [chunked(''), ...Array.from({ length: 60 }, () => ['1\r\na\r\n', 60]).flat()], {
    status: 408,
    closes: true,
    withinMs: 4500,
    mayChange: true,
  }),
  socket(
    'a body that stops',
    [
      head(
        'PATCH /v2/team/app/blobs/uploads/{upload} HTTP/1.1',
        'Host: {host}',
        authorization,
        'Content-Length: 1000',
      ) + 'abc',
    ],
    { status: 408, closes: true, withinMs: 4500, mayChange: true },
  ),
  socket(
    'a signed body that stops',
    [head('POST / HTTP/1.1', 'Host: {host}', 'X-Amz-Target: x.y', 'Content-Length: 1000') + 'abc'],
    { status: [400, 408], withinMs: 4500 },
  ),
  socket('a form that stops', [head('POST / HTTP/1.1', 'Host: {host}', 'Content-Length: 1000') + 'abc'], {
    status: [400, 403, 408],
    closes: true,
    withinMs: 4500,
  }),
];

export const socketCases: readonly HostileCase[] = [
  ...smuggled.map(([what, text]) =>
    socket(
      what,
      [text],
      what === 'TE xchunked' || what.startsWith('TE not') || what.startsWith('TE chunked')
        ? { status: [400, 501], closes: true }
        : refused,
    ),
  ),
  ...chunkForms.map(([what, body]) =>
    socket(`chunked: ${what}`, [chunked(body)], { status: [0, 400, 413, 431], closes: true, mayChange: true }),
  ),
  ...vanishing.map(([what, pieces]) =>
    socket(`vanishes ${what}`, pieces, { status: [0, 200], mayChange: true }, { afterwards: 'vanish' }),
  ),
  ...[...floods, ...lies, ...slow],
];
