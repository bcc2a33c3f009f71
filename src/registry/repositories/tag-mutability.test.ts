// Which tags may move, in all four modes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKind } from '#core/errors.ts';
import type { TagMutability, TagMutabilityMode } from '../registry.ts';
import { checkTagMutability, isTagImmutable } from './tag-mutability.ts';

const filters = ['latest', 'dev-*', '*-rc*'];

function rules(mode: TagMutabilityMode, exclusionFilters: readonly string[] = []): TagMutability {
  return { mode, exclusionFilters };
}

test('filters turn the mode around for the tags that match', () => {
  for (const tag of ['latest', 'dev-', 'dev-1', 'v1-rc', 'v1-rc2']) {
    assert.equal(isTagImmutable(rules('IMMUTABLE_WITH_EXCLUSION', filters), tag), false, tag);
    assert.equal(isTagImmutable(rules('MUTABLE_WITH_EXCLUSION', filters), tag), true, tag);
  }
  for (const tag of ['latest1', 'xlatest', 'dev', 'v1-r', 'Latest']) {
    assert.equal(isTagImmutable(rules('IMMUTABLE_WITH_EXCLUSION', filters), tag), true, tag);
    assert.equal(isTagImmutable(rules('MUTABLE_WITH_EXCLUSION', filters), tag), false, tag);
  }
  assert.equal(isTagImmutable(rules('IMMUTABLE'), 'latest'), true);
  assert.equal(isTagImmutable(rules('MUTABLE'), 'latest'), false);
});

test('wildcards agree with a naive reference', () => {
  const naive = (filter: string, tag: string): boolean => {
    if (filter === '') return tag === '';
    if (filter[0] !== '*') return filter[0] === tag[0] && naive(filter.slice(1), tag.slice(1));
    return naive(filter.slice(1), tag) || (tag !== '' && naive(filter, tag.slice(1)));
  };
  const text = (letters: string[]) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 7 });
  fc.assert(
    fc.property(text(['a', 'b', '*']), text(['a', 'b']), (filter, tag) => {
      assert.equal(isTagImmutable(rules('MUTABLE_WITH_EXCLUSION', [filter]), tag), naive(filter, tag));
    }),
    { numRuns: 3000 },
  );
});

test('filters are needed by two modes, forbidden by two, and must be well formed', () => {
  checkTagMutability(rules('MUTABLE'));
  checkTagMutability(rules('MUTABLE_WITH_EXCLUSION', filters));
  const wrong = [
    rules('MUTABLE', ['x']),
    rules('IMMUTABLE', ['x']),
    rules('IMMUTABLE_WITH_EXCLUSION', ['a/b']),
    rules('IMMUTABLE_WITH_EXCLUSION', ['']),
    rules('IMMUTABLE_WITH_EXCLUSION', ['***']),
    rules('IMMUTABLE_WITH_EXCLUSION', ['a'.repeat(129)]),
    rules('IMMUTABLE_WITH_EXCLUSION', ['1', '2', '3', '4', '5', '6']),
  ];
  for (const bad of wrong)
    assert.throws(
      () => checkTagMutability(bad),
      (error) => isKind(error, 'invalid-parameter'),
    );
  assert.throws(() => checkTagMutability(rules('IMMUTABLE_WITH_EXCLUSION')), {
    message:
      "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: " +
      "'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'",
  });
});
