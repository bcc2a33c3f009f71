// Verification finds every change to a log and names the line; a good log passes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChainHead } from '#core/ports/audit-sink.ts';
import { chainStart, headAt } from './chain.ts';
import { linesOf, logFiles } from './testing/memory-sink.ts';
import { sealBatch } from './testing/seal-batch.ts';
import { type AuditReport, verifyAuditLog } from './verify.ts';

const macKey = Buffer.alloc(32, 7);

interface Log {
  /** Lines with seals; the index of a line is its line number less one. */
  readonly lines: readonly string[];
  readonly head: ChainHead;
}

function record(id: string): string {
  return `${JSON.stringify({ eventVersion: '1.11', requestID: id, text: 'é\ufffd' })}\n`;
}

function intent(id: string): string {
  return `${JSON.stringify({ intent: { requestID: id, eventName: 'PutImage', arn: null } })}\n`;
}

/** A log with batches of the given sizes. */
function makeLog(sizes: readonly number[], key = macKey): Log {
  let head = chainStart;
  const lines: string[] = [];
  for (const size of sizes) {
    const batch = Array.from({ length: size }, (_, index) => record(`r${head.sequence + index + 1}`));
    const sealed = sealBatch(batch, head, key);
    lines.push(...linesOf(sealed.text));
    head = sealed.head;
  }
  return { lines, head };
}

function verify(lines: readonly (string | Buffer)[], head?: ChainHead): Promise<AuditReport> {
  return verifyAuditLog(logFiles(lines), macKey, head);
}

const good = makeLog([3, 1, 4, 2]);
const sizesArbitrary = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 5 });

test('a good log passes, whatever its batches, also split into files', async () => {
  await fc.assert(
    fc.asyncProperty(sizesArbitrary, fc.nat(), async (sizes, at) => {
      const log = makeLog(sizes);
      const seals = log.lines.flatMap((line, index) => (line.startsWith('{"seal"') ? [index + 1] : []));
      const cut = seals[at % seals.length] ?? 0;
      const files = logFiles(log.lines.slice(0, cut), log.lines.slice(cut));
      const report = await verifyAuditLog(files, macKey, log.head);
      assert.deepEqual(report.problems, []);
      assert.equal(report.records, log.head.sequence);
      assert.equal(report.batches, sizes.length);
      assert.deepEqual(report.head, log.head);
    }),
    { numRuns: 60 },
  );
});

test('any byte that is flipped is found, and the report points at its line', async () => {
  await fc.assert(
    fc.asyncProperty(sizesArbitrary, fc.nat(), fc.integer({ min: 1, max: 255 }), async (sizes, at, mask) => {
      const log = makeLog(sizes);
      const bytes = Buffer.from(log.lines.join(''));
      const position = at % bytes.length;
      bytes[position] = (bytes[position] ?? 0) ^ mask;
      const line = bytes.subarray(0, position).filter((byte) => byte === 10).length + 1;
      const report = await verify(splitBytes(bytes), log.head);
      const lines = report.problems.map((problem) => problem.line);
      assert.ok(
        lines.some((named) => Math.abs(named - line) <= 1),
        `flipped in line ${line}, named ${JSON.stringify(report.problems)}`,
      );
    }),
    { numRuns: 600 },
  );
});

test('a changed record is named by line and sequence', async () => {
  const lines = good.lines.with(6, record('other'));
  const report = await verify(lines, good.head);
  assert.deepEqual(report.problems, [{ file: 'file-1', line: 7, sequence: 5, what: 'line 5 of the log was changed' }]);
});

test('any line that is removed, repeated or moved is found', async () => {
  const total = good.lines.length;
  for (let index = 0; index < total; index += 1) {
    const removed = await verify(good.lines.toSpliced(index, 1), good.head);
    assert.ok(removed.problems.length > 0, `removed line ${index + 1}`);
    const repeated = await verify(good.lines.toSpliced(index, 0, good.lines[index] ?? ''), good.head);
    assert.ok(repeated.problems.length > 0, `repeated line ${index + 1}`);
    for (let target = 0; target < total; target += 1) {
      const moved = good.lines.toSpliced(index, 1).toSpliced(target, 0, good.lines[index] ?? '');
      if (target === index) continue;
      assert.ok((await verify(moved, good.head)).problems.length > 0, `moved ${index + 1} to ${target + 1}`);
    }
  }
});

test('what happened to a record is told', async () => {
  const problemsOf = async (lines: readonly string[]) =>
    (await verify(lines, good.head)).problems.map(({ line, sequence, what }) => [line, sequence, what]);
  const { lines } = good;
  const [first = '', second = ''] = lines;
  assert.deepEqual(await problemsOf(lines.toSpliced(7, 1)), [[8, 6, 'line 6 of the log was removed here']]);
  assert.deepEqual(await problemsOf(lines.toSpliced(0, 2, second, first)), [
    [1, 2, 'line 2 of the log stands in the wrong order'],
  ]);
  assert.deepEqual(await problemsOf(lines.toSpliced(2, 0, first)), [
    [3, 1, 'this line was inserted: it is a copy of line 1 of the log'],
  ]);
  assert.deepEqual(await problemsOf(lines.toSpliced(2, 0, record('new'))), [
    [3, undefined, 'this line was inserted: no seal names it'],
  ]);
});

test('batches that are removed, repeated, moved or without their seal are named', async () => {
  const { lines } = good;
  const problemsOf = async (changed: readonly string[]) =>
    (await verify(changed, good.head)).problems.map(({ line, what }) => `${line}: ${what}`);
  const secondBatch = lines.slice(4, 6);
  assert.deepEqual(await problemsOf(lines.toSpliced(4, 2)), ['9: line 4 is missing before this batch']);
  assert.deepEqual(await problemsOf(lines.toSpliced(6, 0, ...secondBatch)), [
    '8: the batch of line 4 is out of place or repeated',
  ]);
  assert.deepEqual(
    await problemsOf([...lines.slice(0, 4), ...lines.slice(6, 11), ...secondBatch, ...lines.slice(11)]),
    ['9: line 4 is missing before this batch', '11: the batch of line 4 is out of place or repeated'],
  );
  assert.deepEqual(await problemsOf(lines.toSpliced(5, 1)), [
    '5: line 4 is without an intact seal: the seal was changed or removed',
  ]);
  assert.deepEqual(await problemsOf(lines.with(5, (lines[5] ?? '').replace('"count"', '"cound"'))), [
    '6: line 4 is without an intact seal: the seal was changed or removed',
  ]);
});

test('a log that was cut short is found by its anchor', async () => {
  const bytes = Buffer.from(good.lines.join(''));
  for (let length = 0; length < bytes.length; length += 1) {
    const report = await verify(splitBytes(bytes.subarray(0, length)), good.head);
    assert.ok(report.problems.length > 0, `cut to ${length} bytes`);
  }
  const report = await verify(good.lines.slice(0, 11), good.head);
  assert.deepEqual(report.problems, [
    { file: 'file-1', line: 11, sequence: 9, what: 'lines 9 to 10 are missing at the end of the log' },
  ]);
});

test('an older anchor and a batch that is being written are no problem', async () => {
  const middle = headAt(
    good.lines.map((line) => Buffer.from(line)),
    6,
  );
  const report = await verify(good.lines.slice(0, -1), middle);
  assert.deepEqual([report.problems, report.unsealedLines], [[], 2]);
});

test('a missing file is found', async () => {
  const files = [good.lines.slice(0, 4), good.lines.slice(4, 6), good.lines.slice(6)];
  const [first = [], second = [], third = []] = files;
  const problems = async (...kept: (readonly string[])[]) =>
    (await verifyAuditLog(logFiles(...kept), macKey, good.head)).problems.map(({ file, what }) => [file, what]);
  assert.deepEqual(await problems(second, third), [['file-1', 'lines 1 to 3 are missing before this batch']]);
  assert.deepEqual(await problems(first, third), [['file-2', 'line 4 is missing before this batch']]);
  assert.deepEqual(await problems(first, second), [['file-2', 'lines 5 to 10 are missing at the end of the log']]);
  const archived =
    headAt(
      first.map((line) => Buffer.from(line)),
      first.length,
    ) ?? chainStart;
  const report = await verifyAuditLog(logFiles(second, third), macKey, good.head, archived);
  assert.deepEqual(report.problems, []);
});

test('lines rewritten with their CRCs, or the whole log with another key, fail on the MAC', async () => {
  const forged = makeLog([3, 1, 4, 2], Buffer.alloc(32, 8));
  const report = await verify(forged.lines, forged.head);
  assert.equal(report.problems.length, 4);
  const swapped = [...forged.lines.slice(0, 4), ...good.lines.slice(4)];
  const what = (await verify(swapped, good.head)).problems.map((problem) => problem.what);
  assert.deepEqual(what, [
    'lines 1 to 3 are not authentic: the seal was changed, or rewritten with its lines',
    'the batch does not continue the one before it',
  ]);
});

test('intents without a record are listed, and no problem', async () => {
  const batch = [intent('a'), intent('b'), record('a'), intent('c'), 'not json\n', record('c')];
  const report = await verify(linesOf(sealBatch(batch, chainStart, macKey).text));
  assert.deepEqual(report.problems, []);
  assert.deepEqual(
    report.unfinishedIntents.map(({ requestId, line }) => [requestId, line]),
    [['b', 2]],
  );
  assert.deepEqual([report.intents, report.records], [3, 2]);
});

test('an empty batch continues the chain', async () => {
  const probed = makeLog([2, 0, 0, 3]);
  assert.deepEqual((await verify(probed.lines, probed.head)).problems, []);
  const repeated = probed.lines.toSpliced(4, 0, probed.lines[3] ?? '');
  assert.equal((await verify(repeated, probed.head)).problems.length, 1);
});

/** Lines of bytes, each with its line feed. */
function splitBytes(bytes: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(10, start);
    const end = feed === -1 ? bytes.length : feed + 1;
    lines.push(bytes.subarray(start, end));
    start = end;
  }
  return lines;
}
