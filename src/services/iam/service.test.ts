// The table of the IAM door: exactly the operations that its schema file describes, and constraints for those only.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { schemaOf, shapeOf } from '#wire/schema.ts';
import { constraints } from './constraints.ts';
import { iamService } from './service.ts';

const schema = schemaOf({ name: 'iam', schema: 'iam' });

test('every operation of the schema file stands in the table, and no other', () => {
  const { operations } = iamService({} as never);
  assert.deepEqual(Object.keys(operations).sort(), Object.keys(schema.operations).sort());
});

test('constraints are about members that there are', () => {
  for (const [name, table] of Object.entries(constraints)) {
    const input = shapeOf(schema, schema.operations[name]?.input ?? '');
    assert.ok(input.type === 'structure', name);
    for (const path of Object.keys(table)) {
      const [first = ''] = path.split(/[.[]/);
      assert.ok(first in input.members, `${name} has no member ${first}`);
    }
  }
});
