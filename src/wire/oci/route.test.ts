// Paths to operations: names with slashes and with the words of the paths themselves, wrong methods, hostile paths.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { DomainError } from '#core/errors.ts';
import { isOciPath, routeOci } from './route.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('routeOci', () => {
  const cases: ReadonlyArray<readonly [string, string, string, string, string]> = [
    ['GET', '/v2/', 'CheckVersion', '', ''],
    ['GET', '/v2', 'CheckVersion', '', ''],
    ['GET', '/v2/_catalog', 'ListCatalog', '', ''],
    ['GET', '/v2/a/manifests/one', 'GetManifest', 'a', 'one'],
    ['HEAD', '/v2/a/b/c/manifests/one', 'HeadManifest', 'a/b/c', 'one'],
    ['PUT', `/v2/a/manifests/${digest}`, 'PutManifest', 'a', digest],
    ['DELETE', '/v2/a/manifests/one', 'DeleteManifest', 'a', 'one'],
    ['GET', '/v2/manifests/manifests/manifests', 'GetManifest', 'manifests', 'manifests'],
    ['GET', '/v2/x/blobs/uploads/manifests/one', 'GetManifest', 'x/blobs/uploads', 'one'],
    ['GET', `/v2/a/blobs/${digest}`, 'GetBlob', 'a', digest],
    ['GET', `/v2/a/blobs/sha256%3A${'a'.repeat(64)}`, 'GetBlob', 'a', digest],
    ['POST', '/v2/a/blobs/uploads/', 'StartUpload', 'a', ''],
    ['POST', '/v2/a/blobs/uploads', 'StartUpload', 'a', ''],
    ['PATCH', '/v2/a/b/blobs/uploads/some-id', 'AppendUpload', 'a/b', 'some-id'],
    ['PUT', '/v2/a/blobs/uploads/some-id', 'CompleteUpload', 'a', 'some-id'],
    ['GET', '/v2/a/blobs/uploads/some-id', 'GetUpload', 'a', 'some-id'],
    ['DELETE', '/v2/a/blobs/uploads/some-id', 'CancelUpload', 'a', 'some-id'],
    ['GET', '/v2/a/tags/list', 'ListTags', 'a', ''],
    ['GET', `/v2/a/referrers/${digest}`, 'ListReferrers', 'a', digest],
    ['GET', '/layers/token', 'DownloadLayer', '', 'token'],
  ];
  for (const [method, path, operation, repositoryName, reference] of cases) {
    test(`${method} ${path}`, () => {
      assert.deepEqual(routeOci(method, path), { operation, repositoryName, reference });
    });
  }

  test('a method that a path does not take is method-not-allowed, and says which it takes', () => {
    assert.throws(() => routeOci('POST', '/v2/a/manifests/one'), {
      kind: 'method-not-allowed',
      message: /GET, HEAD, PUT/,
    });
  });

  test('broken percent-encoding is malformed-request', () => {
    assert.throws(() => routeOci('GET', '/v2/a/manifests/%ff'), { kind: 'malformed-request' });
  });

  test('whatever the path, the answer is a route or a DomainError', () => {
    const piece = fc.constantFrom(
      '/',
      'v2',
      'manifests',
      'blobs',
      'uploads',
      'tags',
      'list',
      '..',
      '%2e',
      '%00',
      'a',
      '',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom('GET', 'PUT', 'BREW'), (pieces, method) => {
        try {
          routeOci(method, `/v2/${pieces.join('')}`);
        } catch (error) {
          assert.ok(error instanceof DomainError);
        }
      }),
    );
  });
});

test('isOciPath knows its own paths only', () => {
  for (const path of ['/v2', '/v2/', '/v2/a/tags/list', '/layers/x']) assert.ok(isOciPath(path), path);
  for (const path of ['/', '/v2a', '/v1/', '/layers', '']) assert.ok(!isOciPath(path), path);
});
