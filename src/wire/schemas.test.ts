// The committed schemas must be what the installed SDK clients say, or handlers and wire drift apart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleSchemas } from '../../scripts/generate-schemas.ts';
import { schemaOf, shapeOf } from './schema.ts';

test('no schema file is stale', () => {
  assert.deepEqual(staleSchemas(), []);
});

test('all 62 operations of ECR are there with members, required marks and errors', () => {
  const ecr = schemaOf({ name: 'ecr', schema: 'ecr' });
  assert.equal(Object.keys(ecr.operations).length, 62);
  const input = shapeOf(ecr, 'UploadLayerPartRequest');
  assert.ok(input.type === 'structure');
  assert.deepEqual(input.members.layerPartBlob, { target: 'blob', required: true });
  assert.deepEqual(input.members.registryId, { target: 'string' });
  assert.ok(ecr.operations.UploadLayerPart?.errors.includes('InvalidLayerPartException'));
});

test('IAM exceptions carry their code and status on the wire', () => {
  const shape = shapeOf(schemaOf({ name: 'iam', schema: 'iam' }), 'NoSuchEntityException');
  assert.ok(shape.type === 'structure');
  assert.deepEqual(shape.error, { code: 'NoSuchEntity', status: 404 });
});

test('every target of every shape exists', () => {
  const simple = new Set(['string', 'number', 'boolean', 'timestamp', 'blob', 'document']);
  for (const name of ['ecr', 'iam', 'sts', 'organizations', 'sallyport']) {
    const schema = schemaOf({ name, schema: name });
    for (const shape of Object.values(schema.shapes)) {
      const members =
        shape.type === 'structure'
          ? Object.values(shape.members)
          : [shape.type === 'list' ? shape.member : shape.value];
      for (const { target } of members) {
        assert.ok(simple.has(target.split(':')[0] ?? '') || target in schema.shapes, `${name}: ${target}`);
      }
    }
  }
});
