// Constraints in ECR's words and in IAM's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DomainError } from '#core/errors.ts';
import { type ConstraintStyle, constraintChecker, type InputConstraints } from './constraints.ts';

const constraints: InputConstraints = {
  name: { length: [2, 4], pattern: { matches: /^[a-z]*$/, text: "must satisfy regular expression '[a-z]*'" } },
  count: { range: [1, 10] },
  mode: { enum: ['ON', 'OFF'] },
  tags: { size: [1, 2] },
  'tags[].Key': { length: [1, 3] },
  'nested.value': { length: [0, 1] },
  blob: { length: [0, 2] },
};

const messageOf = (input: unknown, style: ConstraintStyle = 'invalid-parameter'): string | undefined => {
  try {
    constraintChecker(constraints, style)(input);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof DomainError);
    assert.equal(error.kind, style === 'invalid-parameter' ? 'invalid-parameter' : 'validation-failed');
    return error.message;
  }
};

test('what satisfies everything passes, and so does what is absent', () => {
  assert.equal(messageOf({}), undefined);
  const whole = {
    name: 'abcd',
    count: 10,
    mode: 'ON',
    tags: [{ Key: 'k' }, {}],
    nested: { value: '' },
    blob: Buffer.from('ab'),
  };
  assert.equal(messageOf(whole), undefined);
});

test("ECR's words, first violation only", () => {
  const at = (member: string, text: string) =>
    `Invalid parameter at '${member}' failed to satisfy constraint: '${text}'`;
  assert.equal(messageOf({ name: 'a', count: 0 }), at('name', 'Member must have length greater than or equal to 2'));
  assert.equal(messageOf({ name: 'abcde' }), at('name', 'Member must have length less than or equal to 4'));
  assert.equal(messageOf({ name: 'ab1' }), at('name', "must satisfy regular expression '[a-z]*'"));
  assert.equal(messageOf({ count: 11 }), at('count', 'Member must have value less than or equal to 10'));
  assert.equal(messageOf({ count: 1.5 }), at('count', 'Member must be an integer'));
  assert.equal(messageOf({ mode: 'on' }), at('mode', 'Member must satisfy enum value set: [ON, OFF]'));
  assert.equal(messageOf({ tags: [] }), at('tags', 'Member must have length greater than or equal to 1'));
  assert.equal(
    messageOf({ tags: [{ Key: 'k' }, { Key: '' }] }),
    at('tags.2.member.Key', 'Member must have length greater than or equal to 1'),
  );
  assert.equal(
    messageOf({ nested: { value: 'ab' } }),
    at('nested.value', 'Member must have length less than or equal to 1'),
  );
  assert.equal(messageOf({ blob: Buffer.alloc(3) }), at('blob', 'Member must have length less than or equal to 2'));
});

test("IAM's words, every violation, the values bounded", () => {
  assert.equal(
    messageOf({ name: 'a', Mode: 1, mode: 'on' }, 'validation-error'),
    "2 validation errors detected: Value 'a' at 'name' failed to satisfy constraint: " +
      "Member must have length greater than or equal to 2; Value 'on' at 'mode' failed to satisfy constraint: " +
      'Member must satisfy enum value set: [ON, OFF]',
  );
  assert.doesNotMatch(messageOf({ name: 'x'.repeat(300) }, 'validation-error') ?? '', /xx/);
  const many = { tags: Array.from({ length: 50 }, () => ({ Key: '' })) };
  assert.match(messageOf(many, 'validation-error') ?? '', /^10 validation errors/);
});
