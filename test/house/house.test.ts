// The house rules judge small files whose faults are known: a checker that cannot fail is none.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importCycles } from './cycles.ts';
import { barrels, danglingImports, importViolations, packageViolations } from './imports.ts';
import { servedOperations, untestedOperations } from './operations.ts';
import { parseSource } from './source-file.ts';
import * as tidy from './tidy.ts';
import { misplacedUses } from './uses.ts';

function importing(path: string, ...lines: readonly string[]) {
  return importViolations([parseSource(path, lines.join('\n'))]);
}

test('each import rule refuses what it should and no more', () => {
  const refused: ReadonlyArray<readonly [path: string, line: string, rule: RegExp]> = [
    ['src/gateway/a.ts', "import '#services/ecr/a.ts'", /gateway may import core, std, identity/],
    ['src/gateway/a.ts', "export { a } from '#stores/sql/a.ts'", /gateway may import/],
    ['src/gateway/a.ts', "const a = await import('#registry/a.ts')", /gateway may import/],
    ['src/gateway/a.ts', "type A = import('#registry/a.ts').A", /gateway may import/],
    ['src/services/ecr/a.ts', "import type { A } from '#audit/a.ts'", /services may import/],
    ['src/services/ecr/a.ts', "import '#services/oci/a.ts'", /never imports a sibling/],
    ['src/services/ecr/a.ts', "import '../oci/a.ts'", /relative import never leaves/],
    ['src/services/ecr/a.ts', "import '#stores/sql/sqlite/open.ts'", /interfaces of stores only/],
    ['src/services/ecr/a.ts', "import { A } from '@aws-sdk/client-ecr'", /`import type`/],
    ['src/registry/a.ts', "import type { A } from '@aws-sdk/client-ecr'", /only services import the AWS SDK/],
    ['src/registry/a.ts', "import type { Kysely } from 'kysely'", /only inside stores/],
    ['src/registry/tables.ts', "import pg from 'pg'", /only inside stores/],
    ['src/registry/a.ts', "import { DatabaseSync } from 'node:sqlite'", /never imports node:sqlite/],
    ['src/jobs/a.ts', "import '#stores/blobs/blob-store.ts'", /jobs may import core, std, stores\/sql/],
    ['src/core/a.ts', "import { createHash } from 'node:crypto'", /core never imports node:crypto/],
    ['src/access/a.ts', "import '../core/arn.ts'", /relative import never leaves/],
    ['src/std/a.ts', "import '#core/arn.ts'", /nothing of ours/],
    ['src/cli/a.ts', "import '#main.ts'", /nothing imports main/],
    ['src/edge/a.ts', "import '#wire/a.ts'", /edge may import core, std, gateway/],
    ['src/edge/a.ts', "import './a'", /carries its extension/],
    ['src/edge/a.ts', "import './b.test.ts'", /never imports tests/],
    ['src/edge/a.ts', "import '../../scripts/a.ts'", /never leaves src/],
    ['src/parlour/a.ts', "import '#core/arn.ts'", /parlour is not in the table/],
  ];
  for (const [path, line, rule] of refused) assert.match(importing(path, line).join('\n'), rule, `${path}: ${line}`);
  const allowed: ReadonlyArray<readonly [path: string, line: string]> = [
    ['src/services/ecr/a.ts', "import type * as Ecr from '@aws-sdk/client-ecr'"],
    ['src/services/ecr/a.ts', "import './b.ts'; import '#registry/a.ts'; import '#stores/sql/database.ts'"],
    ['src/services/ecr/a.test.ts', "import '#stores/sql/sqlite/open.ts'; import '#gateway/a.ts'"],
    ['src/services/index.ts', "import './ecr/service.ts'"],
    ['src/services/iam/tables.ts', "import type { Kysely } from 'kysely'"],
    ['src/stores/sql/sqlite/a.ts', "import '../database.ts'; import 'node:sqlite'; import 'kysely'"],
    ['src/stores/blobs/encrypted/a.ts', "import '../../sql/database.ts'"],
    ['src/jobs/a.ts', "import '#stores/sql/database.ts'"],
    ['src/core/random.ts', "import 'node:crypto'"],
    ['src/cli/a.ts', "import '#edge/a.ts'; import '#services/iam/a.ts'; import '#stores/sql/sqlite/open.ts'"],
    ['src/main.ts', "import '#edge/a.ts'; import '#services/index.ts'"],
  ];
  for (const [path, line] of allowed) assert.deepEqual(importing(path, line), [], `${path}: ${line}`);
});

test('packages, barrels and missing files', () => {
  const file = parseSource('src/edge/a.ts', "import 'yaml'; import 'fast-check'; import type { A } from 'typescript';");
  assert.deepEqual(packageViolations([file], ['yaml']), [
    'src/edge/a.ts → fast-check: it is not among the dependencies',
  ]);
  const barrel = "export { a } from './a.ts'; export * from './b.ts'";
  assert.equal(barrels([parseSource('src/wire/index.ts', barrel)]).length, 1);
  assert.equal(barrels([parseSource('src/wire/index.ts', "import { a } from './a.ts'; export { a };")]).length, 1);
  assert.deepEqual(barrels([parseSource('src/services/index.ts', barrel)]), []);
  assert.deepEqual(barrels([parseSource('src/wire/a.ts', `${barrel}; export const c = 1;`)]), []);
  assert.equal(danglingImports([parseSource('src/a.ts', "import './b.ts'")]).length, 1);
});

test('a cycle is told as one way around', () => {
  const files = [
    parseSource('src/wire/a.ts', "import './b.ts'; import './d.ts'"),
    parseSource('src/wire/b.ts', "import type { C } from './c.ts'"),
    parseSource('src/wire/c.ts', "import '#wire/a.ts'"),
    parseSource('src/wire/d.ts', ''),
  ];
  assert.deepEqual(importCycles(files), ['src/wire/a.ts → src/wire/b.ts → src/wire/c.ts → src/wire/a.ts: no cycles']);
  assert.deepEqual(importCycles(files.slice(0, 2)), []);
});

test('uses of the clock, of randomness and of SQL are found in the tree', () => {
  const uses = (text: string, path = 'src/registry/a.ts'): number => misplacedUses([parseSource(path, text)]).length;
  const clock = [
    'Date.now()',
    'new Date()',
    'Date()',
    'performance.now()',
    "globalThis.Date['now']()",
    'process.hrtime()',
  ];
  for (const text of clock) assert.equal(uses(text), 1, text);
  assert.equal(uses('new Date(0); clock.nowMs(); "Date.now()" // Date.now()'), 0);
  assert.equal(uses('Date.now()', 'src/core/clock.ts'), 0);
  for (const text of ['Math.random()', "import { randomBytes } from 'node:crypto'", 'crypto.randomUUID()']) {
    assert.equal(uses(text), 1, text);
  }
  assert.equal(uses('database.selectFrom("a")'), 1);
  assert.equal(uses('sql`select 1`'), 1);
  assert.equal(uses('database.selectFrom("a")', 'src/registry/images/tables.ts'), 0);
});

test('each rule of tidiness finds its fault', () => {
  const parse = (text: string, path = 'src/edge/a.ts') => [parseSource(path, text)];
  const lines = (count: number): string => '// A line.\n'.repeat(count);
  assert.equal(tidy.longFiles(parse(lines(301))).length, 1);
  assert.equal(tidy.longFiles(parse(lines(300))).length, 0);
  assert.equal(tidy.longFiles(parse(lines(301), 'src/edge/a.test.ts')).length, 0);
  assert.equal(tidy.medianLines([...parse(lines(1)), ...parse(lines(5)), ...parse(lines(9))]), 5);
  assert.equal(tidy.longFunctions(parse(`function a() {\n${lines(69)}}`)).length, 1);
  assert.equal(tidy.longFunctions(parse(`function a() {\n${lines(68)}}`)).length, 0);
  assert.equal(tidy.longFunctions(parse(`function a() {\ntest('x');${lines(80)}}`)).length, 0);
  assert.equal(tidy.wideLines(parse(`// ${'word '.repeat(30)}`)).length, 1);
  assert.equal(tidy.wideLines(parse(`// ${'x'.repeat(130)}`)).length, 0);
  assert.equal(tidy.wordlessFiles(parse('import "x"')).length, 1);
  assert.equal(tidy.wordlessFiles(parse('// nothing\n')).length, 1);
  assert.equal(tidy.wordlessFiles(parse('// This is what\n// the file is for.\n\n')).length, 0);
  assert.equal(tidy.anyTypes(parse('const a: any = 1')).length, 1);
  assert.equal(tidy.anyTypes(parse('// biome-ignore lint/suspicious/noExplicitAny: why\nconst a: any = 1')).length, 0);
  const functions = Array.from({ length: 9 }, (_, index) => `export function f${index}() {}`).join('\n');
  assert.equal(tidy.wideExports(parse(functions)).length, 1);
  assert.equal(tidy.wideExports(parse(functions.replaceAll(/function (\w+).*/g, 'const $1 = { a: 1 };'))).length, 0);
  assert.equal(tidy.wideExports(parse(functions.replaceAll(/function (\w+).*/g, 'type $1 = 1;'))).length, 0);
});

test('banned words are found where they are banned', () => {
  const found = (text: string, path = 'src/edge/a.ts'): number => tidy.bannedLines([parseSource(path, text)]).length;
  const words = ['// TODO: x', 'console.log(1)', 'a as unknown as B', 'a as any', '// @ts-ignore', "'/tmp/x'"];
  for (const text of words) assert.equal(found(text), 1, text);
  assert.equal(found('console.log(1)', 'src/cli/a.ts'), 0);
  assert.equal(found("test.only('x')", 'src/edge/a.test.ts'), 1);
  assert.equal(found('setTimeout(done, 5)', 'src/edge/a.test.ts'), 1);
  assert.equal(found('// The server needs a moment.\nsetTimeout(done, 5)', 'src/edge/a.test.ts'), 0);
  assert.equal(found('// The library says any.\nconst a = b as unknown as C;'), 0);
  assert.equal(found("const network = 'tmp'; // the work is done", 'src/edge/a.ts'), 0);
});

test('operations are read from the tables of services', () => {
  const text = 'const operations = { PutImage: putImage, StartImageScan: later, ...more } satisfies T;';
  const files = [parseSource('src/services/ecr/service.ts', text)];
  const served = servedOperations(files);
  assert.deepEqual(served, [{ service: 'ecr', name: 'PutImage' }]);
  const folder = parseSource('src/services/iam/users/a.ts', 'export const userOperations = { GetUser: getUser };');
  assert.deepEqual(servedOperations([folder]), [{ service: 'iam', name: 'GetUser' }]);
  for (const test of ['new PutImageCommand()', "'PutImage'", 'ecr put-image', 'putImage(', 'client.put_image()']) {
    assert.deepEqual(untestedOperations(served, [test]), [], test);
  }
  assert.equal(untestedOperations(served, ['PutImageTagMutability']).length, 1);
});
