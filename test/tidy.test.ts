// Style that can be a test: sizes, openings, words, exports, and operations without a test.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { servedOperations, untestedOperations } from './house/operations.ts';
import { projectRoot, readSources } from './house/source-file.ts';
import * as tidy from './house/tidy.ts';

const files = await readSources('src', 'test', 'bench', 'scripts', 'bin');
const sources = files.filter(({ path }) => path.startsWith('src/'));

function assertNone(violations: readonly string[]): void {
  assert.equal(violations.length, 0, `\n${violations.join('\n')}`);
}

test('the checker sees the files', () => {
  assert.ok(sources.length > 100, `it parsed ${sources.length} sources`);
  assert.ok(files.filter(({ isTest }) => isTest).length > 20);
});

test('files are short', () => {
  assertNone(tidy.longFiles(files));
  const median = tidy.medianLines(sources);
  assert.ok(median <= tidy.tidyLimits.sourceLinesMedian, `the median source has ${median} lines`);
});

test('functions fit a screen', () => {
  assertNone(tidy.longFunctions(files));
});

test('lines are at most 120 columns wide', () => {
  assertNone(tidy.wideLines(files));
});

test('every file opens with a sentence', () => {
  assertNone(tidy.wordlessFiles(files));
});

test('no banned words', () => {
  assertNone(tidy.bannedLines(files));
});

test('nothing is of type any', () => {
  assertNone(tidy.anyTypes(files));
});

test('files export one idea', () => {
  assertNone(tidy.wideExports(sources));
});

test('file names are kebab-case', () => {
  const paths = files.filter(
    ({ path }) => !/^([a-z0-9][a-z0-9-]*\/)*[a-z0-9][a-z0-9-]*(\.test|\.d)?\.(ts|mts|mjs)$/.test(path),
  );
  assertNone(paths.map(({ path }) => `${path}: a file name is kebab-case`));
});

test('every operation that is served has a test that names it', async () => {
  const served = servedOperations(sources);
  assert.ok(new Set(served.map(({ service }) => service)).size >= 2, 'it found the tables of two services');
  assert.ok(served.length >= 40, `it found ${served.length} operations`);
  const texts = files.filter(({ isTest, path }) => isTest && !path.startsWith('test/house/')).map(({ text }) => text);
  assertNone(untestedOperations(served, [...texts, ...(await clientScripts())]));
});

/** Tests with real clients are scripts in other languages. */
async function clientScripts(): Promise<readonly string[]> {
  const names = await readdir(join(projectRoot, 'test'), { recursive: true });
  const scripts = names.filter((name) => /\.(py|sh)$/.test(name));
  return await Promise.all(scripts.map((name) => readFile(join(projectRoot, 'test', name), 'utf8')));
}
