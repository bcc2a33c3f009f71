// One server a data folder: whatever a crash or a full disk left behind must neither block nor admit anybody.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DataFolderError, holderOf, lockDataFolder, requireSite } from './data-folder.ts';

let folder: string;
let lock: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('the second is refused with the pid of the first, and let in after it', async () => {
  const first = await lockDataFolder(folder);
  assert.equal(await holderOf(folder), process.pid);
  const refusal = new RegExp(`in use by the server with pid ${process.pid}\\.$`);
  await assert.rejects(
    lockDataFolder(folder),
    (error) => error instanceof DataFolderError && refusal.test(error.message),
  );
  await first.release();
  assert.equal(await holderOf(folder), undefined);
  await (await lockDataFolder(folder)).release();
  assert.deepEqual(await readdir(folder), []);
});

const leftBehind = [
  ['nothing, by a full disk', ''],
  ['a pid that is gone', '2147483646 1234\n'],
  ['a pid that was given to another process', `${process.pid} 1\n`],
  ['no pid at all', 'rubbish\n'],
] as const;
for (const [what, text] of leftBehind) {
  test(`a lock that holds ${what} is taken over`, async () => {
    await writeFile(lock, text);
    assert.equal(await holderOf(folder), undefined);
    const taken = await lockDataFolder(folder);
    assert.match(await readFile(lock, 'utf8'), new RegExp(`^${process.pid} `));
    await taken.release();
  });
}

test('a lock is taken over whose holder has ended and was not waited for by its parent', async (context) => {
  // The shell becomes a program that knows nothing of the child, which stays in the table of processes.
  const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  context.after(() => parent.kill('SIGKILL'));
  const [bytes] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = bytes.toString().trim();
  const stat = await untilZombie(pid);
  await writeFile(lock, `${pid} ${stat[19]}\n`);
  assert.equal(await holderOf(folder), undefined);
  await (await lockDataFolder(folder)).release();
});

/** The fields of `/proc/<pid>/stat` from the third on. */
async function untilZombie(pid: string): Promise<readonly string[]> {
  for (;;) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return fields;
  }
}

test('of many that come at once after a crash exactly one gets in', async () => {
  await writeFile(lock, '2147483646 1234\n');
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockDataFolder(folder)));
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});

test('release leaves a lock alone that is not its own any more', async () => {
  const { release } = await lockDataFolder(folder);
  await writeFile(lock, 'another\n');
  await release();
  assert.equal(await readFile(lock, 'utf8'), 'another\n');
});

test('looking for a site makes none', async () => {
  const missing = join(folder, 'typo');
  await assert.rejects(requireSite(missing), /There is no site in .*typo: the first start makes one/);
  await assert.rejects(requireSite(folder), /There is no site in/);
  await assert.rejects(stat(missing), /ENOENT/);
});
