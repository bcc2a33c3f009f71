// Every exception the door spells is in ECR's model, and every operation documents just what its model lists.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorKind } from '#core/errors.ts';
import { later } from '#core/operation.ts';
import { schemaOf } from '#wire/schema.ts';
import { ecrErrors } from './errors.ts';
import { ecrService } from './service.ts';

const service = ecrService(undefined as never);
const schema = schemaOf(service);
const codeOf = (kind: ErrorKind) => ecrErrors[kind as keyof typeof ecrErrors]?.code;

test('every code is an exception of the model', () => {
  for (const [kind, { code, status }] of Object.entries(ecrErrors)) {
    assert.ok(code in schema.shapes, `${kind}: ${code}`);
    assert.equal(status, code === 'ServerException' ? 500 : 400);
  }
});

test('all 62 operations stand in the table; 39 of them come later', () => {
  assert.deepEqual(Object.keys(service.operations).sort(), Object.keys(schema.operations).sort());
  const served = Object.values(service.operations).filter((operation) => operation !== later);
  assert.equal(served.length, 62 - 39);
});

test('an operation documents exactly the exceptions of its model that this version can meet', () => {
  // What ECR raises for features of later issues, and what any operation may raise.
  const elsewhere = new Set(['ServerException', 'ValidationException', 'UnableToGetUpstreamImageException']);
  elsewhere.add('UnableToGetUpstreamLayerException').add('UnableToListUpstreamImageReferrersException');
  for (const [name, operation] of Object.entries(service.operations)) {
    if (operation === later) continue;
    const documented = new Set((operation.errors ?? []).map(codeOf));
    const modelled = schema.operations[name]?.errors.filter((error) => !elsewhere.has(error));
    assert.deepEqual([...documented].sort(), modelled, name);
  }
});
