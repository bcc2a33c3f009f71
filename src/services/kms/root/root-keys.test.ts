// The root keys of a process: what is dropped is overwritten, with all that was derived from it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom as random } from '#core/random.ts';
import { newRootKey } from './root-key.ts';
import { holdRootKeys } from './root-keys.ts';
import { openRootWrapping } from './wrapping.ts';

const zeros = Buffer.alloc(32);

test('a root that is dropped is zeros, and so are the secrets derived from it; the other one is whole', () => {
  const [old, next] = [newRootKey(random), newRootKey(random)];
  const roots = holdRootKeys(old, next);
  const secrets = [old, next].map((root) => roots.secretOf(root, 'wrap-domain-keys'));
  assert.equal(roots.secretOf(old, 'wrap-domain-keys'), secrets[0], 'derived once');
  roots.replace([next]);
  assert.deepEqual([old.bytes, secrets[0]], [zeros, zeros]);
  assert.notDeepEqual(next.bytes, zeros);
  assert.notDeepEqual(secrets[1], zeros);
  const wrapping = openRootWrapping(roots, 'wrap-domain-keys', random);
  const wrapped = wrapping.wrap('row', Buffer.alloc(32, 1));
  assert.deepEqual(wrapping.unwrap('row', wrapped), Buffer.alloc(32, 1));
  roots.clear();
  assert.deepEqual([next.bytes, secrets[1]], [zeros, zeros]);
  assert.throws(() => wrapping.wrap('row', Buffer.alloc(32)), /sealed/);
});
