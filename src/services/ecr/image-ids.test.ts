// What an image identifier stands for, and which failure a bad one is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import { type ImageId, imageFailure, parseImageId } from './image-ids.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const failureOf = (imageId: ImageId) => {
  const parsed = parseImageId(imageId);
  return 'failure' in parsed ? [parsed.failure.failureCode, parsed.failure.failureReason] : parsed.reference;
};

test('tag, digest, or both', () => {
  assert.deepEqual(failureOf({ imageTag: 'v1' }), { tag: 'v1' });
  assert.deepEqual(failureOf({ imageDigest: digest }), { digest });
  assert.deepEqual(failureOf({ imageDigest: digest, imageTag: 'v1' }), { digest, tag: 'v1' });
});

test('every way to be wrong has its own code and words', () => {
  const invalid = 'Invalid request parameters:';
  assert.deepEqual(failureOf({}), ['MissingDigestAndTag', `${invalid} both tag and digest cannot be null`]);
  assert.deepEqual(failureOf({ imageDigest: 'sha256' }), [
    'InvalidImageDigest',
    `${invalid} image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'`,
  ]);
  assert.match(JSON.stringify(failureOf({ imageTag: '-v' })), /^\["InvalidImageTag"/);
  assert.deepEqual(failureOf({ imageDigest: 'md5:abcd' }), ['ImageNotFound', 'Requested image not found']);
  assert.deepEqual(failureOf({ imageDigest: 'md5:abcd', imageTag: 'v1' }), [
    'ImageNotFound',
    'Requested image not found',
  ]);
});

test('refusals of the registry become failures; faults do not', () => {
  const missing = imageFailure(new DomainError('image-not-found', 'x', {}), { imageTag: 'v1' });
  assert.deepEqual(missing, {
    imageId: { imageTag: 'v1' },
    failureCode: 'ImageNotFound',
    failureReason: 'Requested image not found',
  });
  const referenced = imageFailure(new DomainError('image-referenced', 'by a list', {}), { imageDigest: digest });
  assert.equal(referenced.failureCode, 'ImageReferencedByManifestList');
  assert.equal(referenced.failureReason, 'by a list');
  for (const fault of [new Error('disk'), new DomainError('limit-exceeded', 'x', {})]) {
    assert.throws(() => imageFailure(fault, {}), fault);
  }
});
