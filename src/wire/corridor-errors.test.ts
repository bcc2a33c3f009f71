// The rows of the error table that clients act upon.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spellCorridorError } from './corridor-errors.ts';

test('JSON answers 400 where Query answers 403, under their own names', () => {
  assert.deepEqual(spellCorridorError('access-denied', 'aws-json-1.1'), { code: 'AccessDeniedException', status: 400 });
  assert.deepEqual(spellCorridorError('access-denied', 'aws-query'), { code: 'AccessDenied', status: 403 });
  assert.deepEqual(spellCorridorError('unrecognized-client', 'aws-json-1.1').code, 'UnrecognizedClientException');
  assert.deepEqual(spellCorridorError('unrecognized-client', 'aws-query'), {
    code: 'InvalidClientTokenId',
    status: 403,
  });
  assert.deepEqual(spellCorridorError('invalid-signature', 'aws-query'), {
    code: 'SignatureDoesNotMatch',
    status: 403,
  });
  assert.deepEqual(spellCorridorError('throttled', 'aws-json-1.1'), { code: 'ThrottlingException', status: 400 });
});
