// What an operator reads when something failed: one line, with what is behind it, and the exit code that fits.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '#config/config.ts';
import { DomainError } from '#core/errors.ts';
import { DataFolderError } from './data-folder.ts';
import { failureOf } from './failure.ts';

const full = /^The disk that holds the data folder is full: make room, then start again\.$/;

test('a full disk is called so, however deep it lies', () => {
  const system = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const sqlite = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const options = { cause: sqlite, log: 'SQLite: the database is full' };
  const stored = new DomainError('storage-unavailable', 'The storage is unavailable. Try again later.', {}, options);
  for (const error of [system, sqlite, stored, new Error('the key cannot be made', { cause: system })]) {
    const { text, exitCode } = failureOf(error);
    assert.match(text, full);
    assert.equal(exitCode, 4);
  }
});

test('the operator reads what the log says, callers never do', () => {
  const options = { log: 'SQLite: the database is corrupt' };
  const error = new DomainError('storage-unavailable', 'The storage is unavailable.', {}, options);
  assert.deepEqual(failureOf(error), {
    text: 'The storage is unavailable. (SQLite: the database is corrupt)',
    exitCode: 1,
  });
});

test('each kind has its exit code, and everything is one line', () => {
  assert.deepEqual(failureOf(new ConfigError('a: b')), { text: 'a: b', exitCode: 3 });
  assert.equal(failureOf(new DataFolderError('in use')).exitCode, 4);
  assert.deepEqual(failureOf(new Error('one\n  two')), { text: 'one two', exitCode: 1 });
  assert.deepEqual(failureOf('thrown'), { text: 'thrown', exitCode: 1 });
});
