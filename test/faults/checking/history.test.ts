// The history: what a kill leaves open, tags that go with their image, and the story that is told of a loss.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, History } from './history.ts';
import { absent, type RegisterOperation } from './register.ts';
import { Violation } from './registers.ts';

const tag = (operation: RegisterOperation): Entry => ({ kind: 'tag', repository: 'app', name: 'v1', operation });
const image = (operation: RegisterOperation): Entry => ({ kind: 'image', repository: 'app', name: 'd1', operation });
const answered = (history: History, entries: readonly Entry[]) => history.answer(history.ask([]), entries);
const statesOf = (history: History) => [...history.statesOf('tag', 'app', 'v1')].sort();

test('what the kill left without an answer may be or not be, until somebody reads it', () => {
  const history = new History();
  answered(history, [tag({ kind: 'put', value: 'd1' })]);
  history.ask([tag({ kind: 'put', value: 'd2' })]);
  history.settle();
  assert.deepEqual(statesOf(history), ['d1', 'd2']);
  answered(history, [tag({ kind: 'read', value: 'd2' })]);
  history.settle();
  assert.deepEqual(statesOf(history), ['d2']);
  assert.equal(history.checked, 3);
});

test('a loss across a kill is told with everything that was asked since', () => {
  const history = new History();
  answered(history, [tag({ kind: 'put', value: 'd1' })]);
  history.settle();
  answered(history, [tag({ kind: 'read', value: absent })]);
  assert.throws(
    () => history.settle(),
    (error) => {
      assert.ok(error instanceof Violation);
      assert.match(error.message, /the tag v1 of app, before it was d1:\n.*"read","value":"absent"/);
      return true;
    },
  );
});

test('a tag may be gone only when its image was deleted', () => {
  for (const isDeleted of [true, false]) {
    const history = new History();
    answered(history, [tag({ kind: 'put', value: 'd1' }), image({ kind: 'put', value: 'there' })]);
    history.settle();
    if (isDeleted) answered(history, [image({ kind: 'remove', found: true })]);
    answered(history, [tag({ kind: 'read', value: absent })]);
    if (isDeleted) history.settle();
    else assert.throws(() => history.settle(), Violation);
  }
});

test('a tag must be gone once its image was deleted', () => {
  const history = new History();
  answered(history, [tag({ kind: 'put', value: 'd1' }), image({ kind: 'put', value: 'there' })]);
  answered(history, [image({ kind: 'remove', found: true })]);
  answered(history, [tag({ kind: 'read', value: 'd1' })]);
  assert.throws(() => history.settle(), Violation);
});

test('whether something may have been removed since is known before the history is settled', () => {
  const history = new History();
  const moment = history.now();
  assert.equal(history.wasRemovedAfter(moment, 'image', 'app', 'd1'), false);
  history.ask([image({ kind: 'remove', found: undefined })]);
  assert.equal(history.wasRemovedAfter(moment, 'image', 'app', 'd1'), true);
  history.settle();
  assert.equal(history.wasRemovedAfter(moment, 'image', 'app', 'd1'), true);
  assert.equal(history.wasRemovedAfter(history.now(), 'image', 'app', 'd1'), false);
});
