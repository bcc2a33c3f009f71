// What stands over a site's keys: closed, nothing that was derived or opened is left, and the keys given stay.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock as clock } from '#core/clock.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { systemRandom as random } from '#core/random.ts';
import { openFileRoot, openKeys } from './keys/open-keys.ts';
import { openSiteDatabase } from './stores.ts';

test('closing overwrites secrets of the site key and what customers’ keys opened', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'site-stores-'));
  context.after(() => rm(folder, { recursive: true }));
  const keys = await openKeys(folder, random, openFileRoot);
  const stores = await openSiteDatabase(folder, { clock, random }, keys);
  const domainKey = random.bytes(32);
  stores.openedDomains.put('8aaaaaaaaaaaaaaa' as KeyDomainId, domainKey, 60_000);
  const secrets = [stores.secretOf('tokens'), stores.secretOf('tokens'), domainKey];
  for (const secret of secrets) assert.notDeepEqual(secret, Buffer.alloc(32));
  assert.deepEqual(secrets[0], secrets[1]);
  await stores.close();
  for (const secret of secrets) assert.deepEqual(secret, Buffer.alloc(32));
  assert.notDeepEqual(keys.siteKey.bytes, Buffer.alloc(32), 'whoever gave the keys forgets them');
});
