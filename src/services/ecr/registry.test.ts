// DescribeRegistry always answers, and for the caller's own registry only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEcr } from './testing/house.ts';

test('an untouched registry has no replication rules', async () => {
  const ecr = await openEcr();
  assert.deepEqual(ecr.needs('DescribeRegistry', {}), [{ action: 'ecr:DescribeRegistry', resource: '*' }]);
  assert.deepEqual(await ecr.call('DescribeRegistry', {}), {
    registryId: '123456789012',
    replicationConfiguration: { rules: [] },
  });
});
