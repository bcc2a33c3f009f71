// The bench as a command: the time of its cases begins when its tools are there, and its end leaves nothing behind.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, test } from 'node:test';
import type { BenchResult } from '../bench/report/result.ts';
import { treeOf } from '../bench/targets/process-tree.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

const noProc = process.platform === 'linux' ? false : 'the bench reads /proc';
const bench = join(checkoutFolder, 'bench/run.ts');

let root: string;
let temporary: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'sallyport-bench-run-'));
  temporary = join(root, 'tmp');
  for (const folder of ['tmp', 'path', 'cache/bin']) await mkdir(join(root, folder), { recursive: true });
  await program('cache/bin/docker-registry', 'exit 1');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function program(place: string, ...lines: readonly string[]): Promise<void> {
  await writeFile(join(root, place), ['#!/bin/sh', ...lines, ''].join('\n'));
  await chmod(join(root, place), 0o755);
}

/** In Go's place, so that nothing is fetched: takes its time. */
const goThat = (...lines: readonly string[]) => program('path/go', ...lines);

function environment(): Record<string, string | undefined> {
  const PATH = [join(root, 'path'), process.env.PATH].join(delimiter);
  return { ...process.env, PATH, TMPDIR: temporary, SALLYPORT_CACHE: join(root, 'cache') };
}

/** What has ended may stay as a zombie until somebody looks. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return !/\) [ZX]/.test(stat);
}

const isThere = async (name: string) => (await readdir(root)).includes(name);

/** The exit code; checks that no process and no folder is left. */
async function endWith(signal: NodeJS.Signals, child: ChildProcess, processes: number): Promise<number | null> {
  const started = await treeOf(child.pid ?? 0);
  assert.ok(started.length >= processes, `${started.length} processes run`);
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = (await exited) as [number | null];
  for (const pid of started) assert.equal(await isRunning(pid), false, `process ${pid} still runs`);
  assert.deepEqual(await readdir(temporary), []);
  return code;
}

test('installing takes nothing of the time for cases, and is said', { skip: noProc }, async () => {
  await goThat('sleep 1.3', `printf '#!/bin/sh\\n' > "$GOBIN/registry"`, 'chmod +x "$GOBIN/registry"');
  // The soak has no part in the short form: it costs nothing, and is left out by name only when the second is over.
  const args = [bench, '--short', '--only', 'soak', '--budget', '1', '--json'];
  const { stdout } = await runCommand(process.execPath, args, { env: environment() });
  const { remarks } = JSON.parse(stdout) as BenchResult;
  assert.deepEqual(remarks, ['building registry', 'installing and building the peers took 1 s, which do not count']);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} while a peer is built stops the build`, { skip: noProc }, async () => {
    await goThat('sleep 600 &', `: > ${join(root, 'began')}`, 'wait');
    const child = spawn(process.execPath, [bench, '--short'], { env: environment(), stdio: 'ignore' });
    while (!(await isThere('began'))) await new Promise(setImmediate);
    assert.equal(await endWith(signal, child, 3), code);
  });
}

test('SIGTERM while cases run stops servers and load, and removes what they stored', { skip: noProc }, async () => {
  await program('cache/bin/registry', 'exit 1');
  const args = [bench, '--short', '--only', 'flood'];
  const child = spawn(process.execPath, args, { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  // The title comes once all targets have started.
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('An honest caller')) break;
  assert.ok((await readdir(temporary)).length >= 2);
  // Two servers and two load generators besides itself.
  assert.equal(await endWith('SIGTERM', child, 5), 143);
});
