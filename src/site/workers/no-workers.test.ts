// A start right after a supervisor was killed: its workers are waited for, and one that stays is named.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertNoWorkers } from './no-workers.ts';

test('a worker that still ends is waited for, and one that does not is refused with its pid', async (context) => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'sallyport-no-workers-'));
  context.after(() => rm(dataFolder, { recursive: true, force: true }));
  const worker = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  context.after(() => worker.kill('SIGKILL'));
  const stat = await readFile(`/proc/${worker.pid}/stat`, 'utf8');
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  await mkdir(join(dataFolder, 'workers/2'), { recursive: true });
  await writeFile(join(dataFolder, 'workers/2/lock'), `${worker.pid} ${started}\n`);

  await assert.rejects(assertNoWorkers(dataFolder, 1), new RegExp(`in use by a worker with pid ${worker.pid}\\.$`));
  // Well after the first look, which is what this is about.
  setTimeout(() => worker.stdin.end(), 150);
  await assertNoWorkers(dataFolder);
});
