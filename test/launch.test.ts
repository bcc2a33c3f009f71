// The launcher in a checkout of its own: it installs once, lets go when interrupted, and never waits for the dead.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

let root: string;
let lock: string;
let npmLog: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-launch-'));
  lock = join(root, '.install-lock');
  npmLog = join(root, 'npm.log');
  for (const folder of ['scripts', 'src', 'bin']) await mkdir(join(root, folder));
  await copyFile(join(checkoutFolder, 'scripts/launch.mjs'), join(root, 'scripts/launch.mjs'));
  await writeFile(join(root, 'package-lock.json'), '{}');
  await writeFile(join(root, 'src/main.ts'), 'console.log("started", process.argv.slice(2).join(" "));\n');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** In npm's place on the PATH, so that no registry is needed: notes that it ran, then does as told. */
async function npmThat(...lines: readonly string[]) {
  const file = join(root, 'bin/npm');
  await writeFile(file, ['#!/bin/sh', `echo "$@" >> ${npmLog}`, ...lines, ''].join('\n'));
  await chmod(file, 0o755);
}
const installing = () => npmThat(`mkdir -p ${root}/node_modules`);

function environment(): NodeJS.ProcessEnv {
  const PATH = [join(root, 'bin'), process.env.PATH].join(delimiter);
  return { ...process.env, PATH, SALLYPORT_NODE: process.execPath };
}

const launcher = () => join(root, 'scripts/launch.mjs');
const launch = (codes: readonly number[] = [0]) =>
  runCommand(process.execPath, [launcher(), 'serve', '--listen', 'x'], {
    env: environment(),
    codes,
    timeoutMs: 60_000,
  });
const installations = async () => (await readFile(npmLog, 'utf8')).trim().split('\n').length;
const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  );

test('installs what the lock file says once, without scripts, and passes the arguments on', async () => {
  await installing();
  assert.equal((await launch()).stdout, 'started serve --listen x\n');
  assert.equal((await launch()).stderr, '', 'nothing is installed any more');
  assert.match(await readFile(npmLog, 'utf8'), /^ci --ignore-scripts /);
  assert.equal(await installations(), 1);
  await writeFile(join(root, 'package-lock.json'), '{"changed": true}');
  await launch();
  assert.equal(await installations(), 2);
});

test('a failed installation says what npm said, and the next start tries again', async () => {
  await npmThat('echo "no such registry" >&2', 'exit 1');
  assert.match((await launch([1])).stderr, /npm ci failed:\nno such registry/);
  await installing();
  await launch();
});

test('an interrupted installation stops npm and lets go', async () => {
  await npmThat('echo $$ >&2', 'exec sleep 60');
  const child: ChildProcess = spawn(process.execPath, [launcher(), 'serve'], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  assert.ok(child.stderr);
  await once(createInterface({ input: child.stderr }), 'line');
  while (!(await isThere(npmLog))) await new Promise((resolve) => setImmediate(resolve));
  child.kill('SIGTERM');
  const [code] = (await closed) as [number];
  assert.equal(code, 1);
  assert.equal(await isThere(lock), false);
  await installing();
  await launch();
});

for (const [whose, text] of [
  ['a process that is gone', '2147483646'],
  ['nobody', ''],
] as const) {
  test(`the lock of ${whose} is taken over`, async () => {
    await installing();
    await writeFile(lock, text);
    await launch();
    assert.equal(await isThere(lock), false);
  });
}

test('two starts at once install once', async () => {
  await npmThat('sleep 1', `mkdir -p ${root}/node_modules`);
  await Promise.all([launch(), launch()]);
  assert.equal(await installations(), 1);
});
