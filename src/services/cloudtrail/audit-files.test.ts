// The files of the audit log: what stands in them, what a crash leaves, what a full disk does, and how they come back.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { chainStart, headAt } from '#audit/chain.ts';
import { openAudit } from '#audit/open-audit.ts';
import { sampleCall, sampleSubject } from '#audit/testing/sample-calls.ts';
import { sealBatch } from '#audit/testing/seal-batch.ts';
import { verifyAuditLog } from '#audit/verify.ts';
import { manualClock } from '#core/clock.ts';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { systemRandom } from '#core/random.ts';
import { readAuditAnchor } from './audit-anchor.ts';
import { type AuditFiles, type AuditFilesOptions, openAuditFiles } from './audit-files.ts';
import { readAuditFiles } from './audit-folder.ts';
import { AuditSpaceError } from './audit-space.ts';

const macKey = Buffer.alloc(32, 7);
const firstFile = 'audit-000000000001.jsonl';
let directory = '';
let clock = manualClock(0);
let open: AuditFiles[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'audit-files-'));
  clock = manualClock(0);
  open = [];
});

afterEach(async () => {
  for (const files of open) await files.close();
  await rm(directory, { recursive: true });
});

const path = (name: string): string => join(directory, 'audit', name);

async function openFiles(changes: Partial<AuditFilesOptions> = {}): Promise<AuditFiles> {
  const files = await openAuditFiles({ directory, clock, headAt, freeSpaceBytesMin: 0, ...changes });
  open.push(files);
  return files;
}

/** Appends one batch of lines with these ids; the head after it. */
async function append(files: AuditFiles, ...ids: readonly string[]): Promise<ChainHead> {
  const lines = ids.map((id) => `{"requestID":"${id}"}\n`);
  const sealed = sealBatch(lines, files.head() ?? chainStart, macKey);
  await files.append(sealed.bytes, sealed.head);
  return sealed.head;
}

async function verify() {
  const anchor = await readAuditAnchor(directory);
  return await verifyAuditLog(readAuditFiles(directory), macKey, anchor);
}

test('a log goes on where it ended, in files only the owner reads', async () => {
  const files = await openFiles();
  assert.equal(files.head(), undefined);
  const head = await append(files, 'a', 'b');
  assert.deepEqual(files.head(), head);
  const again = await openFiles();
  assert.deepEqual([again.head(), again.findings], [head, []]);
  await append(again, 'c');
  const report = await verify();
  assert.deepEqual([report.problems, report.records, report.batches], [[], 3, 2]);
  assert.equal((await stat(path(firstFile))).mode & 0o777, 0o600);
  assert.equal((await stat(path('head'))).mode & 0o777, 0o600);
  assert.equal((await stat(path('.'))).mode & 0o777, 0o700);
});

test('a full file is followed by the next; a batch never spans two', async () => {
  const files = await openFiles({ fileBytesMax: 600 });
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await append(files, id);
  const names = (await readdir(path('.'))).filter((name) => name !== 'head').toSorted();
  assert.ok(names.length > 2);
  for (const name of names) assert.ok((await stat(path(name))).size <= 600, name);
  const again = await openFiles({ fileBytesMax: 600 });
  await append(again, 'h');
  const report = await verify();
  assert.deepEqual([report.problems, report.records], [[], 8]);
});

test('a batch torn at any byte is cut off, kept aside, and the log goes on', async () => {
  const files = await openFiles();
  const head = await append(files, 'a');
  const whole = (await stat(path(firstFile))).size;
  const torn = Buffer.from(sealBatch(['{"requestID":"b"}\n', '{"requestID":"c"}\n'], head, macKey).text);
  for (let length = 1; length < torn.length; length += 7) {
    await appendFile(path(firstFile), torn.subarray(0, length));
    const again = await openAuditFiles({ directory, clock, headAt, freeSpaceBytesMin: 0 });
    assert.deepEqual(again.head(), head);
    assert.match(again.findings.join(), /torn batch/);
    assert.deepEqual(await readFile(path(`${firstFile}.${whole}.torn`)), torn.subarray(0, length));
    assert.equal((await stat(path(firstFile))).size, whole);
    await again.close();
  }
  await append(await openFiles(), 'd');
  const report = await verify();
  assert.deepEqual([report.problems, report.records], [[], 2]);
});

test('a batch of which only the end reached the disk is torn too', async () => {
  const files = await openFiles();
  const head = await append(files, 'a');
  const text = Buffer.from(sealBatch(['{"requestID":"b"}\n'], head, macKey).text);
  await appendFile(path(firstFile), text.fill(0, 0, 10));
  const again = await openFiles();
  assert.deepEqual(again.head(), head);
  assert.equal(again.findings.length, 1);
});

test('a batch that is whole after a crash is kept, though the anchor is older', async () => {
  const files = await openFiles();
  const head = await append(files, 'a');
  const sealed = sealBatch(['{"requestID":"b"}\n'], head, macKey);
  await appendFile(path(firstFile), sealed.text);
  const again = await openFiles();
  assert.deepEqual([again.head(), again.findings], [sealed.head, []]);
});

test('an empty newest file is written on; a torn newest one is emptied', async () => {
  const files = await openFiles({ fileBytesMax: 100 });
  const head = await append(files, 'a');
  for (const content of ['', '{"requestID":"b"']) {
    await writeFile(path('audit-000000000002.jsonl'), content);
    assert.deepEqual((await openFiles({ fileBytesMax: 100 })).head(), head);
  }
  await append(await openFiles({ fileBytesMax: 100 }), 'c');
  await append(await openFiles({ fileBytesMax: 100 }), 'd');
  const report = await verify();
  assert.deepEqual([report.problems, report.records, report.files], [[], 3, 3]);
});

test('a log that lost its tail is left as it is, goes on in a new file, and never verifies again', async () => {
  const files = await openFiles();
  await append(files, 'a');
  const kept = (await stat(path(firstFile))).size;
  await append(files, 'b');
  const head = await append(files, 'c');
  await truncate(path(firstFile), kept + 5);
  const again = await openFiles();
  assert.deepEqual(again.head(), head);
  assert.match(again.findings.join(), /ends whole at line 1 but its head anchor says 3/);
  assert.equal((await stat(path(firstFile))).size, kept + 5);
  await append(again, 'd');
  const report = await verify();
  const problems = report.problems.map(({ file, what }) => [file, what]);
  assert.deepEqual(problems, [
    [firstFile, 'one line from here to the end of the file without an intact seal'],
    ['audit-000000000002.jsonl', 'lines 2 to 3 are missing before this batch'],
  ]);
});

test('the budget refuses before it is passed, and room made is noticed', async () => {
  const files = await openFiles({ budgetBytes: 1000, fileBytesMax: 400 });
  let written = 0;
  const fill = async (): Promise<void> => {
    for (; written < 100; written += 1) await append(files, `call-${written}`);
  };
  await assert.rejects(fill(), AuditSpaceError);
  assert.ok(written > 2);
  await rm(path(firstFile));
  clock.advance(1000);
  await append(files, 'after');
  assert.ok((await verify()).problems[0]?.what.endsWith('missing before this batch'));
});

test('the floor of free space refuses, and is asked again after a second', async () => {
  const files = await openFiles({ freeSpaceBytesMin: Number.MAX_SAFE_INTEGER });
  await assert.rejects(append(files, 'a'), AuditSpaceError);
  assert.deepEqual(await readdir(path('.')), ['head']);
});

test('calls are refused by the budget as audit-unavailable and go on once there is room', async () => {
  const files = await openFiles({ budgetBytes: 3000, fileBytesMax: 1500 });
  const audit = openAudit({ sink: files, macKey, head: files.head(), clock, random: systemRandom });
  const call = sampleCall();
  const write = sampleSubject('write');
  let refused: unknown;
  for (let count = 0; count < 20 && refused === undefined; count += 1) {
    await audit.intend(call, write).catch((error: unknown) => {
      refused = error;
    });
  }
  assert.match(String(refused), /audit log cannot be written/);
  assert.equal(audit.healthy(), false);
  await rm(path(firstFile));
  clock.advance(1000);
  await audit.intend(call, write);
  assert.equal(audit.healthy(), true);
  await audit.close();
});

test('what a failed write left is cut off before the next append', () => {
  // A real failure: the system lets the child's files grow to 4096 bytes and no further.
  const script = join(import.meta.dirname, 'testing', 'fill-file.ts');
  const command = `ulimit -f ${4096 / 512} && exec "$0" "$1" "$2"`;
  const output = execFileSync('sh', ['-c', command, process.execPath, script, directory], { encoding: 'utf8' });
  assert.deepEqual(JSON.parse(output), { refused: 'EFBIG', problems: [], records: 2 });
});
