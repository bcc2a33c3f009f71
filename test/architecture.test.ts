// The house's own plan: who may import whom, and what only one file may do. Failures read `file → file: the rule`.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { importCycles } from './house/cycles.ts';
import { barrels, danglingImports, importViolations, packageViolations } from './house/imports.ts';
import { projectRoot, readSources } from './house/source-file.ts';
import { misplacedUses } from './house/uses.ts';

const files = await readSources('src');

function assertNone(violations: readonly string[]): void {
  assert.equal(violations.length, 0, `\n${violations.join('\n')}`);
}

test('the checker sees the house', () => {
  assert.ok(files.length > 100, `it parsed ${files.length} files`);
  const imports = files.flatMap((file) => file.imports);
  assert.ok(imports.length > 300, `it found ${imports.length} imports`);
  assert.ok(imports.filter(({ specifier }) => specifier.startsWith('#')).length > 80);
  assert.ok(imports.filter(({ specifier }) => specifier.startsWith('node:')).length > 40);
  assertNone(danglingImports(files));
});

test('rooms import only what the table allows, spelt as it should be', () => {
  assertNone(importViolations(files));
});

test('sources load only packages that are dependencies', async () => {
  const { dependencies } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8'));
  assertNone(packageViolations(files, Object.keys(dependencies)));
});

test('there are no cycles', () => {
  assertNone(importCycles(files));
});

test('there are no barrels', () => {
  assertNone(barrels(files));
});

test('the clock, randomness and SQL stay in their places', () => {
  assertNone(misplacedUses(files));
});
