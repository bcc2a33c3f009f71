// ARNs: split as their grammar says, whatever stands in them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseArn } from './arn.ts';

test('six parts, the last of which may hold colons', () => {
  assert.deepEqual(parseArn('arn:aws:ecr:us-east-1:123456789012:repository/a:b:c'), {
    partition: 'aws',
    service: 'ecr',
    region: 'us-east-1',
    accountId: '123456789012',
    resource: 'repository/a:b:c',
  });
  assert.deepEqual(parseArn('arn:::::'), { partition: '', service: '', region: '', accountId: '', resource: '' });
});

test('it agrees with splitting at every colon', () => {
  const text = fc.string({ unit: fc.constantFrom('a', ':', '*', '/') }).map((rest) => `arn${rest}`);
  fc.assert(
    fc.property(fc.oneof(text, fc.string()), (arn) => {
      const [head, partition, service, region, accountId, ...rest] = arn.split(':');
      const isArn = head === 'arn' && rest.length > 0;
      const expected = isArn ? { partition, service, region, accountId, resource: rest.join(':') } : undefined;
      assert.deepEqual(parseArn(arn), expected);
    }),
    { numRuns: 1000 },
  );
});
