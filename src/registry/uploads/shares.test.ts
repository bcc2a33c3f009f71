// No principal takes all the open uploads of a registry for itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '#core/limits.ts';
import { refuses, registryRef } from '../testing/test-images.ts';
import { newHouse } from '../testing/test-layers.ts';
import { insertUpload, type UploadTables } from './tables.ts';

test('a principal has its share of open uploads, and others have theirs', async () => {
  const { uploads, repository, repositories, database, clock } = await newHouse();
  const { accountId, region } = repository.registry;
  await database.transact<UploadTables, void>(async (transaction) => {
    for (let count = 1; count < limits.openUploadsPerPrincipalMax; count += 1) {
      await insertUpload(transaction, {
        upload_id: `upload ${count}`,
        repository_id: repository.id,
        registry: `${accountId}/${region}`,
        algorithm: 'sha256',
        received_bytes: 0,
        parts: 0,
        touched_at_ms: clock.nowMs(),
        opened_by: 'AIDAGREEDY',
      });
    }
  });
  const { id } = await uploads.start(repository, { openedBy: 'AIDAGREEDY' });
  await refuses(uploads.start(repository, { openedBy: 'AIDAGREEDY' }), 'limit-exceeded');
  assert.ok(await uploads.start(repository, { openedBy: 'AIDAOTHER' }));
  const elsewhere = await repositories.create(registryRef('210987654321'), { name: 'app' });
  assert.ok(await uploads.start(elsewhere, { openedBy: 'AIDAGREEDY' }));
  await uploads.cancel(repository, id);
  assert.ok(await uploads.start(repository, { openedBy: 'AIDAGREEDY' }));
  await database.close();
});
