// What a process leaves behind, told of some that run: one that is guarded, one that is not, one that shows itself.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { examineMemory } from './doctor-memory.ts';
import { memoryImageOf, revealingOptions } from './memory-image.ts';

const module = fileURLToPath(new URL('./memory-image.ts', import.meta.url));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** A Node that is told to wait once it has run `code`; with core dumps allowed as far as the machine allows them. */
async function running(code: string, options: readonly string[] = [], env = {}): Promise<ChildProcess> {
  const script = `${code}; process.stdout.write('here'); setInterval(() => undefined, 1000);`;
  const args = ['-c', 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"', process.execPath, ...options];
  const child = spawn('sh', [...args, '--input-type=module', '--eval', script], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  await once(child.stdout ?? assert.fail(), 'data');
  return child;
}

const guarded = `const { guardMemory } = await import(${JSON.stringify(module)}); guardMemory()`;

test('a guarded process leaves no memory in a core dump, writes no reports, and opens no inspector', async () => {
  const child = await running(`${guarded}; process.stdout.write(JSON.stringify(process.report))`);
  const { pid = 0 } = child;
  assert.deepEqual(memoryImageOf(pid), { options: [], isDumped: false });
  assert.match(examineMemory(pid).detail, /holds no memory$/);
  const said: string[] = [];
  child.stderr?.on('data', (text: Buffer) => said.push(text.toString()));
  child.kill('SIGUSR1');
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'], 'the first signal did not end it');
  assert.equal(said.join(''), '', 'and opened nothing');
});

test('one that is not is found out, and so are options that show its memory', async () => {
  const { pid = 0 } = await running('');
  const image = memoryImageOf(pid);
  // On a machine that forbids core dumps altogether there is nothing to find.
  if (image?.isDumped === true) assert.match(examineMemory(pid).remedy ?? '', /LimitCORE=0/);
  const snapshots = await running(guarded, ['--heapsnapshot-signal=SIGUSR2'], { NODE_OPTIONS: '--report-on-signal' });
  const { ok, detail } = examineMemory(snapshots.pid);
  assert.equal(ok, false);
  // Node takes both signs, and an option's value may be an argument of its own.
  const required = await running(guarded, ['--require', 'node:fs', '--report_on_signal']);
  assert.match(examineMemory(required.pid).detail, /runs with --report_on_signal, which/);
  assert.match(detail, /runs with --heapsnapshot-signal=SIGUSR2 --report-on-signal, which shows its keys/);
});

test('a process that is not there is nothing to complain of', () => {
  assert.deepEqual(examineMemory(undefined), { check: 'memory image', ok: true, detail: 'no server runs' });
  assert.equal(memoryImageOf(0), undefined);
});

test('which options show memory', () => {
  const shows = ['--inspect', '--inspect=0.0.0.0:9229', '--inspect=0', '--inspect-brk'];
  const others = [
    '--heapsnapshot-near-heap-limit=3',
    '--heap-prof',
    '--report-on-fatalerror',
    '--abort-on-uncaught-exception',
    '--heap_prof',
    '"--inspect"',
  ];
  const off = ['--heapsnapshot-near-heap-limit=0', '--heapsnapshot-signal=', '--report-signal=SIGUSR2'];
  assert.deepEqual(
    revealingOptions([...shows, '--enable-source-maps', ...others, ...off, '--inspector', 'serve', '']),
    [...shows, ...others],
  );
});
