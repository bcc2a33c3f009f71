// Records with documents: sealed on the disk, and opened they are to the byte what they would be in clear.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openRecord } from './open-records.ts';
import { recordLine } from './record.ts';
import { sampleCall, sampleSubject } from './testing/sample-calls.ts';

const key = Buffer.alloc(32, 7);
const documents = { key, random: systemRandom, inClear: false };
const stamp = { atMs: 0, eventId: 'e0000000-0000-4000-8000-000000000000' };
const call = sampleCall();
const policy = '{"Statement": [{"Sid": "Marker"}]}';

type Parameters = Readonly<Record<string, unknown>>;

function lineOf(requestParameters: Parameters, outcome: Parameters = {}, at: Parameters = { documents }): string {
  return recordLine(call, sampleSubject('write', { requestParameters }), outcome, { ...stamp, ...at });
}

/** The record as it is read; fails where something does not open. */
function opened(line: string): string {
  const { record, unopened } = openRecord(Buffer.from(line), key) ?? assert.fail('it is no record');
  assert.deepEqual(unopened, []);
  return `${JSON.stringify(record)}\n`;
}

test('every kind of policy is sealed, and names, tags and descriptions stay', () => {
  const named = { userName: 'ana', description: 'Marker of a description', tags: [{ key: 'k', value: 'v' }] };
  const kinds = ['policyDocument', 'assumeRolePolicyDocument', 'policyText', 'policy', 'Policy', 'document'];
  for (const kind of [...kinds, 'lifecyclePolicyText', 'resourcePolicy', 'content']) {
    const parameters = { ...named, [kind]: policy, below: [{ [kind]: policy }] };
    const line = lineOf(parameters, { responseElements: { role: { [kind]: policy } } });
    assert.ok(!line.includes('Statement'), kind);
    assert.ok(line.includes('Marker of a description') && line.includes('"userName":"ana"'));
    assert.equal(opened(line), lineOf(parameters, { responseElements: { role: { [kind]: policy } } }, {}));
  }
});

test('a list of policies is one sealed text; a structure of that name keeps its members', () => {
  const line = lineOf({ policyInputList: [policy, policy], policy: { policyName: 'reader', policyDocument: policy } });
  const { requestParameters } = JSON.parse(line);
  assert.match(requestParameters.policyInputList, /^sallyport-sealed-1:/);
  assert.equal(requestParameters.policy.policyName, 'reader');
  assert.match(requestParameters.policy.policyDocument, /^sallyport-sealed-1:/);
});

test('a refusal that may quote the document is sealed with it, one of IAM never', () => {
  const malformed = { errorCode: 'MalformedPolicyDocument', errorMessage: 'Marker is no element of a policy' };
  const line = lineOf({ policyDocument: policy }, malformed);
  assert.ok(!line.includes('Marker') && line.includes('"errorCode":"MalformedPolicyDocument"'));
  assert.equal(opened(line), lineOf({ policyDocument: policy }, malformed, {}));
  const denied = { errorCode: 'AccessDenied', errorMessage: 'User: ana is not authorized' };
  assert.ok(lineOf({ policyDocument: policy }, denied).includes('ana is not authorized'));
  assert.ok(lineOf({ userName: 'ana' }, malformed).includes('Marker is no element'));
});

test('without documents a record is the same bytes, and no key is asked for', () => {
  const noKey = {
    get key(): Buffer {
      return assert.fail('the key was asked for');
    },
    random: systemRandom,
    inClear: false,
  };
  for (const parameters of [{ repositoryName: 'app' }, { imageIds: [{ imageTag: '1' }] }, { tags: [{ key: 'k' }] }]) {
    assert.equal(lineOf(parameters, {}, { documents: noKey }), lineOf(parameters, {}, {}));
  }
});

test('what is moved into another record does not open, and is named', () => {
  const other = JSON.parse(lineOf({ policyDocument: policy }, {}, { documents, eventId: 'another' }));
  const record = JSON.parse(lineOf({ policyDocument: '{}' }));
  record.requestParameters.policyDocument = other.requestParameters.policyDocument;
  const read = openRecord(Buffer.from(JSON.stringify(record)), key);
  assert.deepEqual(read?.unopened, ['requestParameters.policyDocument']);
  assert.match(JSON.stringify(read?.record), /"policyDocument":"sallyport-sealed-1:/);
});

test('older records, in clear, are read as they are; intents and seals are no records', () => {
  const clear = lineOf({ policyDocument: policy }, {}, {});
  assert.equal(opened(clear), clear);
  assert.equal(openRecord(Buffer.from('{"intent":{"requestID":"1"}}\n'), key), undefined);
  assert.equal(openRecord(Buffer.from('{"seal":{"first":1}}\n'), key), undefined);
  assert.throws(() => openRecord(Buffer.from('{"eventVersion":"1.1'), key), SyntaxError);
});

test('any parameters open to what they are in clear, and take at most twice the limit', () => {
  const name = fc.constantFrom('policy', 'policyInputList', 'document', 'userName', 'password', '__proto__', 'tags');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('sallyport-sealed-1:', 'sallyport-sealed-1:AAAA', 'é'.repeat(20_000), '\u0000'.repeat(20_000)),
  );
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      text,
      fc.integer(),
      fc.array(tie('node'), { maxLength: 5 }),
      fc.array(text, { maxLength: 5 }),
      fc.dictionary(name, tie('node'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(name, tree.node), fc.boolean(), (parameters, inClear) => {
      const line = lineOf(parameters, {}, { documents: { ...documents, inClear } });
      assert.equal(opened(line), lineOf(parameters, {}, {}));
      assert.ok(line.length < 2 * limits.auditParametersBytesMax + 2000, `${line.length}`);
    }),
  );
});

test('a great many small documents do not make a line that the log could not hold', () => {
  const statements = Array.from({ length: 9000 }, () => ({ policy: '' }));
  const line = lineOf({ statements });
  assert.ok(line.length < 2 * limits.auditParametersBytesMax + 2000, `${line.length}`);
  const { requestParameters } = JSON.parse(opened(line));
  assert.equal(requestParameters.truncated, true);
  assert.ok(requestParameters.statements.length > 500);
});

test('the longest policies of AWS are whole', () => {
  const longest = `{"Statement":"${'é'.repeat(16_000)}"}`;
  const { requestParameters } = JSON.parse(opened(lineOf({ policy: longest })));
  assert.deepEqual(requestParameters, { policy: longest });
});
