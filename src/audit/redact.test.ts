// What redaction keeps, drops and cuts, and that no secret or limit ever slips through.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { redactedJson } from './redact.ts';

const shown = (value: Record<string, unknown>): unknown => JSON.parse(redactedJson(value));

test('secrets are left out wherever and however they are spelt', () => {
  const value = {
    repositoryName: 'app',
    imageManifest: '{}',
    accessKey: { accessKeyId: 'AKIA', secretAccessKey: 's3cret' },
    authorizationData: [{ authorizationToken: 's3cret', proxyEndpoint: 'https://x' }],
    Password: 's3cret',
    'x-amz-security-token': 's3cret',
    session_token: 's3cret',
    nextToken: 'page',
  };
  assert.deepEqual(shown(value), {
    repositoryName: 'app',
    accessKey: { accessKeyId: 'AKIA' },
    authorizationData: [{ proxyEndpoint: 'https://x' }],
    nextToken: 'page',
  });
});

test('bytes become their length, dates the text that CloudTrail writes', () => {
  const value = {
    blob: Buffer.alloc(1234),
    at: new Date(Date.UTC(2018, 6, 11, 22, 17, 44)),
    midnight: new Date(0),
    bad: new Date(Number.NaN),
    big: 10n,
  };
  assert.deepEqual(shown(value), {
    blob: '1234 bytes',
    at: 'Jul 11, 2018 10:17:44 PM',
    midnight: 'Jan 1, 1970 12:00:00 AM',
    bad: null,
    big: '10',
  });
});

test('what is no data is left out', () => {
  class Socket {}
  assert.deepEqual(shown({ a: () => 1, b: undefined, c: new Socket(), d: [new Socket(), 1], e: Symbol('e') }), {
    d: [null, 1],
  });
});

test('null stays null, a member named __proto__ is only a member', () => {
  assert.equal(redactedJson(null), 'null');
  assert.equal(redactedJson(undefined), 'null');
  assert.equal(redactedJson(JSON.parse('{"__proto__":{"a":1}}')), '{"__proto__":{"a":1}}');
});

test('a long text is cut and says by how much', () => {
  const [text] = Object.values(shown({ policyText: 'x'.repeat(40_000) }) as Record<string, string>);
  assert.match(text ?? '', /^x{32768}… \(7232 characters more\)$/);
});

test('an object beyond the limit keeps what fits and says so', () => {
  const tags = Array.from({ length: 1000 }, (_, index) => ({ Key: `key-${index}`, Value: 'v' }));
  const json = redactedJson({ repositoryName: 'app', tags, last: 1 }, 2000);
  assert.ok(Buffer.byteLength(json) <= 2000);
  const kept = JSON.parse(json);
  assert.equal(kept.repositoryName, 'app');
  assert.equal(kept.truncated, true);
  assert.ok(kept.tags.length > 10);
});

test('cycles and depth end', () => {
  const ring: Record<string, unknown> = { name: 'ring' };
  ring['self'] = ring;
  const json = redactedJson(ring);
  assert.ok(json.length < 1000);
  assert.equal(JSON.parse(json).truncated, true);
});

test('any object fits the limit, and never shows a secret', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('password', 'SecretAccessKey', 'session-token'));
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.integer(),
      fc.array(tie('node'), { maxLength: 5 }),
      fc.dictionary(key, tie('node'), { maxKeys: 5 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, tree.node), fc.integer({ min: 100, max: 2000 }), (value, bytesMax) => {
      const json = redactedJson(value, bytesMax);
      assert.ok(Buffer.byteLength(json) <= bytesMax, `${Buffer.byteLength(json)} > ${bytesMax}`);
      assert.doesNotMatch(json, /"(password|SecretAccessKey|session-token)":/);
      JSON.parse(json);
    }),
    { numRuns: 300 },
  );
});
