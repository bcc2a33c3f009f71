// Signatures and tokens with one thing wrong, at every door that takes them, and what a browser is told.

import type { Expectation, HostileCase, HttpRequest, Sender, SignatureChange } from '../case.ts';
import { ecrCall } from './ecr.ts';

const list = ecrCall('DescribeRepositories', '{}');
const mismatch: Expectation = { status: 400, code: 'InvalidSignatureException' };
const incomplete: Expectation = { status: 400, code: 'IncompleteSignatureException' };
const unrecognized: Expectation = { status: 400, code: 'UnrecognizedClientException' };
const missing: Expectation = { status: 400, code: 'MissingAuthenticationTokenException' };
const hour = 3600_000;

const signatures: ReadonlyArray<readonly [string, SignatureChange, Expectation]> = [
  ['another region', { region: 'ap-south-1' }, mismatch],
  ['an empty region', { region: '' }, mismatch],
  ['another service', { service: 'iam' }, mismatch],
  ['a service in upper case', { service: 'ECR' }, mismatch],
  ['an hour ago', { laterMs: -hour }, mismatch],
  ['an hour ahead', { laterMs: hour }, mismatch],
  ['six minutes ago', { laterMs: -360_000 }, mismatch],
  ["another day's scope", { scopeDate: '20200101' }, mismatch],
  ['a scope of no day', { scopeDate: 'x' }, mismatch],
  ['another secret', { secretAccessKey: 'x'.repeat(40) }, mismatch],
  ['an empty secret', { secretAccessKey: '' }, mismatch],
  ['an unknown key', { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }, unrecognized],
  ['a key that is none', { accessKeyId: '../..' }, incomplete],
  ['a key of 5000 characters', { accessKeyId: 'A'.repeat(5000) }, incomplete],
  ['a swapped body', { sentBody: '{"maxResults":1}' }, mismatch],
  ['an emptied body', { sentBody: '' }, mismatch],
  ['a swapped path', { sentPath: '/?x=1' }, mismatch],
  [
    'a swapped target',
    { sentHeaders: { 'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.ListImages' } },
    mismatch,
  ],
  ['a swapped date', { sentHeaders: { 'x-amz-date': '20200101T000000Z' } }, mismatch],
  ['a swapped host', { sentHeaders: { host: 'other.example.com' } }, mismatch],
  ['an unsigned host', { signedHeaders: ['x-amz-date', 'x-amz-target'] }, incomplete],
  ['an unsigned target', { signedHeaders: ['host', 'x-amz-date'] }, incomplete],
  ['an unsigned header of ours beside it', { sentHeaders: { 'x-amz-extra': '1' } }, incomplete],
  ['a false body hash', { sentHeaders: { 'x-amz-content-sha256': '0'.repeat(64) } }, incomplete],
  [
    'headers out of order',
    { replace: ['SignedHeaders=[^,]+', 'SignedHeaders=x-amz-date;host;x-amz-target'] },
    incomplete,
  ],
  [
    'headers twice',
    { replace: ['SignedHeaders=[^,]+', 'SignedHeaders=host;host;x-amz-date;x-amz-target'] },
    incomplete,
  ],
  ['no headers', { replace: ['SignedHeaders=[^,]+', 'SignedHeaders='] }, incomplete],
  [
    '1000 headers',
    {
      replace: [
        'SignedHeaders=[^,]+',
        `SignedHeaders=${Array.from({ length: 1000 }, (_, i) => `a${String(i).padStart(4, '0')}`).join(';')};host`,
      ],
    },
    incomplete,
  ],
  ['no signature', { replace: ['Signature=.*', 'Signature='] }, incomplete],
  ['a short signature', { replace: ['Signature=.*', 'Signature=abc'] }, incomplete],
  ['a signature in upper case', { replace: ['Signature=.*', `Signature=${'A'.repeat(64)}`] }, incomplete],
  ['a signature of zeros', { replace: ['Signature=.*', `Signature=${'0'.repeat(64)}`] }, mismatch],
  ['a changed last digit', { replace: ['.$', 'x'] }, incomplete],
  ['no credential', { replace: ['Credential=[^,]+', 'Credential='] }, incomplete],
  ['a credential of four parts', { replace: ['/aws4_request', ''] }, incomplete],
  ['another terminator', { replace: ['aws4_request', 'aws5_request'] }, incomplete],
  ['another algorithm', { replace: ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'] }, incomplete],
  ['no algorithm', { replace: ['AWS4-HMAC-SHA256 ', ''] }, missing],
  ['commas without end', { replace: [', Signature=', `${','.repeat(5000)} Signature=`] }, { status: [200, 400] }],
  ['presigned and expired', { presignedSeconds: 1, laterMs: -10_000 }, mismatch],
  ['presigned for 8 days', { presignedSeconds: 691_200 }, incomplete],
  ['presigned for 0 s', { presignedSeconds: 0 }, incomplete],
  ['presigned for -1 s', { presignedSeconds: -1 }, incomplete],
  ['presigned, lengthened', { presignedSeconds: 60, replace: ['X-Amz-Expires=60', 'X-Amz-Expires=600'] }, mismatch],
  [
    'presigned, twice the date',
    { presignedSeconds: 60, replace: ['X-Amz-Date=', 'X-Amz-Date=20200101T000000Z&X-Amz-Date='] },
    incomplete,
  ],
  ['presigned, with a parameter more', { presignedSeconds: 60, replace: ['X-Amz-Date=', 'a=b&X-Amz-Date='] }, mismatch],
  ['presigned, with a swapped body', { presignedSeconds: 60, sentBody: '{"maxResults":1}' }, mismatch],
  ['presigned, signed long from now', { presignedSeconds: 60, laterMs: hour }, mismatch],
];

const ecr = (name: string, send: HttpRequest, expect: Expectation): HostileCase => ({
  door: 'ecr',
  name,
  send,
  expect,
});

const signatureCases: readonly HostileCase[] = [
  ...signatures.map(([what, signature, expect]) => ecr(`signed with ${what}`, { ...list, signature }, expect)),
  ecr('no signature at all', { ...list, as: 'none' }, missing),
  ecr('Basic instead of a signature', { ...list, as: { header: 'Basic QVdTOng=' } }, missing),
  ecr('Bearer instead of a signature', { ...list, as: { header: 'Bearer x' } }, missing),
  ecr("a deleted user's signature", { ...list, as: 'deleted' }, unrecognized),
  ecr(
    'an honest signature without the right',
    { ...list, as: 'nobody' },
    { status: 400, code: 'AccessDeniedException' },
  ),
  ecr(
    "another account's list",
    { ...ecrCall('ListImages', '{"repositoryName":"team/app","registryId":"{account}"}'), as: 'other-account' },
    { status: 400, code: ['AccessDeniedException', 'InvalidParameterException'] },
  ),
  ecr(
    'a session token that nobody issued',
    { ...list, signature: {}, headers: { ...list.headers, 'x-amz-security-token': 'x' } },
    unrecognized,
  ),
  ...(['iam', 'sts'] as const).flatMap((service): readonly HostileCase[] => {
    const body =
      service === 'iam' ? 'Action=ListUsers&Version=2010-05-08' : 'Action=GetCallerIdentity&Version=2011-06-15';
    const send: HttpRequest = { method: 'POST', path: '/', body, signedFor: service, as: 'administrator' };
    const of = (name: string, change: Partial<HttpRequest>, expect: Expectation): HostileCase => ({
      door: service,
      name,
      send: { ...send, ...change },
      expect,
    });
    return [
      of(
        'signed with another secret',
        { signature: { secretAccessKey: 'x' } },
        { status: 403, code: 'SignatureDoesNotMatch' },
      ),
      of(
        'signed for another region',
        { signature: { region: 'mars-1' } },
        { status: 403, code: 'SignatureDoesNotMatch' },
      ),
      of(
        'signed by an unknown key',
        { signature: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } },
        { status: 403, code: 'InvalidClientTokenId' },
      ),
      of(
        'signed with a swapped body',
        { signature: { sentBody: `${body}&a=1` } },
        { status: 403, code: 'SignatureDoesNotMatch' },
      ),
      of('signed an hour ago', { signature: { laterMs: -hour } }, { status: 403, code: 'SignatureDoesNotMatch' }),
      of('signed by a deleted user', { as: 'deleted' }, { status: 403, code: 'InvalidClientTokenId' }),
      of('not signed', { as: 'none' }, { status: 403, code: 'MissingAuthenticationToken' }),
    ];
  }),
];

const unauthorized: Expectation = { status: 401, code: 'UNAUTHORIZED' };
const basic = (text: string): Sender => ({ header: `Basic ${Buffer.from(text).toString('base64')}` });

const headers: ReadonlyArray<readonly [string, Sender]> = [
  ['no token', 'none'],
  ['an empty header', { header: '' }],
  ['Basic alone', { header: 'Basic' }],
  ['an empty Basic', { header: 'Basic ' }],
  ['no base64', { header: 'Basic !!!!' }],
  ['no colon', basic('AWS')],
  ['an empty password', basic('AWS:')],
  ['another user', basic('root:x')],
  ['a user in lower case', basic('aws:x')],
  ['a password of 5000 characters', basic(`AWS:${'a'.repeat(5000)}`)],
  ['null bytes', basic('AWS:\u0000\u0000')],
  ['a random token', basic(`AWS:${Buffer.alloc(300, 9).toString('base64url')}`)],
  ['a token cut short', { header: '{token-cut}' }],
  ['a token with its last sign changed', { header: '{token-changed}' }],
  ['a token with its first sign changed', { header: '{token-shifted}' }],
  ['Bearer', { header: 'Bearer abc' }],
  ['a signature', { header: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b' }],
  ["a deleted user's token", 'deleted'],
];

const tokenCases: readonly HostileCase[] = headers.flatMap(([what, as]) =>
  ['/v2/', '/v2/team/app/manifests/one', '/v2/no/such/manifests/one'].map(
    (path): HostileCase => ({
      door: 'oci',
      name: `${what} at ${path}`,
      send: { method: 'GET', path, as },
      expect: unauthorized,
    }),
  ),
);

const rights: readonly HostileCase[] = (['nobody', 'other-account'] as const).flatMap((as) =>
  [
    ...[
      '/v2/team/app/manifests/one',
      '/v2/no/such/manifests/one',
      '/v2/team/app/blobs/{layer}',
      '/v2/no/such/tags/list',
    ],
    ...['/v2/team/app/tags/list', '/v2/team/app/referrers/{digest}', '/v2/secret/app/tags/list'],
  ].map(
    (path): HostileCase => ({
      door: 'oci',
      name: `${as} at ${path}`,
      send: { method: 'GET', path, as },
      expect: { status: 403, code: 'DENIED' },
    }),
  ),
);

const browser: readonly HostileCase[] = [
  ['a blob', '/v2/team/app/blobs/{layer}'],
  ['a manifest', '/v2/team/app/manifests/one'],
  ['a listing', '/v2/team/app/tags/list'],
  ['an error', '/v2/team/app/manifests/none'],
  ['a challenge', '/v2/UPPER/manifests/none'],
].map(
  ([what = '', path = '']): HostileCase => ({
    door: 'oci',
    name: `a browser gets ${what} without guessing and without sharing`,
    send: { method: 'GET', path, headers: { origin: 'https://evil.example.com' } },
    expect: {
      status: [200, 400, 404],
      headers: {
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': null,
        'access-control-allow-credentials': null,
        ...(what === 'a blob'
          ? { 'content-type': 'application/octet-stream', 'content-security-policy': 'sandbox' }
          : {}),
      },
    },
  }),
);

const hosts: ReadonlyArray<readonly [string, Expectation]> = [
  ['evil.example.com', { status: 200 }],
  ['000000000000.dkr.ecr.us-east-1.localhost', { status: 403, code: 'DENIED' }],
  ['000000000000.dkr.ecr.mars-north-1.localhost', { status: 421, shape: 'text' }],
  ['api.ecr.mars-north-1.amazonaws.com', { status: 421, shape: 'text' }],
  ['a b', { status: 400, shape: 'text' }],
  ['a/b', { status: 400, shape: 'text' }],
  ['a@b', { status: 400, shape: 'text' }],
  ["a'b", { status: 400, shape: 'text' }],
  ['<script>', { status: 400, shape: 'text' }],
  ['a'.repeat(300), { status: 400, shape: 'text' }],
  ['', { status: 200 }],
];

const hostCases: readonly HostileCase[] = hosts.map(
  ([host, expect]): HostileCase => ({
    door: 'oci',
    name: `Host: ${host.slice(0, 50)}`,
    send: { method: 'GET', path: '/v2/team/app/manifests/one', headers: { host } },
    expect,
  }),
);

const forwarded: readonly HostileCase[] = [
  'x-forwarded-host',
  'x-forwarded-for',
  'x-original-url',
  'x-rewrite-url',
  'forwarded',
].map(
  (name): HostileCase => ({
    door: 'oci',
    name: `${name} changes nothing`,
    send: { method: 'GET', path: '/v2/secret/app/tags/list', as: 'nobody', headers: { [name]: '/v2/' } },
    expect: { status: 403, code: 'DENIED' },
  }),
);

export const credentialCases: readonly HostileCase[] = [
  ...[...signatureCases, ...tokenCases, ...rights, ...browser, ...hostCases, ...forwarded],
];
