// Group commit: what is durable when, what shares a sync, and what a failing log does to calls.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, systemClock } from '#core/clock.ts';
import { isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { systemRandom } from '#core/random.ts';
import { openAudit } from './open-audit.ts';
import { linesOf, logFiles, type MemorySink, memorySink } from './testing/memory-sink.ts';
import { sampleCall, sampleSubject } from './testing/sample-calls.ts';
import { type AuditReport, verifyAuditLog } from './verify.ts';

const macKey = Buffer.alloc(32, 7);
const unavailable = (error: unknown): boolean => isKind(error, 'audit-unavailable');
const call = sampleCall();
const read = sampleSubject('read');
const write = sampleSubject('write');

function open(sink: MemorySink, retryMs?: number) {
  const clock = manualClock(0);
  return openAudit({ sink, macKey, head: undefined, clock, random: systemRandom, ...(retryMs ? { retryMs } : {}) });
}

function verified(sink: MemorySink): Promise<AuditReport> {
  return verifyAuditLog(logFiles(linesOf(sink.batches.join(''))), macKey);
}

test('an intent and a write are durable when they resolve', async () => {
  const sink = memorySink();
  const audit = open(sink);
  await audit.intend(call, write);
  assert.match(sink.batches.join(''), /^\{"intent":/);
  await audit.record(call, write, {});
  const report = await verified(sink);
  assert.deepEqual([report.intents, report.records, report.batches], [1, 1, 2]);
  assert.deepEqual([report.problems, report.unfinishedIntents], [[], []]);
  await audit.close();
});

test('a read returns at once and is durable soon', async () => {
  const sink = memorySink();
  const audit = open(sink);
  assert.equal(audit.record(call, read, {}), undefined);
  assert.equal(sink.batches.length, 0);
  // The timer of the audit does not hold the process, so the test does.
  const hold = setInterval(() => undefined, 5);
  const startedMs = systemClock.monotonicMs();
  while (sink.batches.length === 0) await new Promise((resolve) => setImmediate(resolve));
  clearInterval(hold);
  assert.ok(systemClock.monotonicMs() - startedMs < limits.auditReadDelayMs * 5);
  await audit.close();
});

test('256 kB of reads do not wait for the timer', async () => {
  const sink = memorySink();
  const audit = open(sink);
  for (let count = 0; count < 800; count += 1) void audit.record(call, read, {});
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(sink.batches.length >= 1);
  await audit.close();
  assert.equal((await verified(sink)).records, 800);
});

test('while one append is in flight the next batch gathers', async () => {
  const sink = memorySink();
  const gate = Promise.withResolvers<void>();
  sink.gate = gate.promise;
  const audit = open(sink);
  const calls = Array.from({ length: 50 }, () => audit.intend(call, write));
  gate.resolve();
  await Promise.all(calls);
  assert.equal(sink.batches.length, 2);
  await audit.close();
});

test('what gathers behind a slow append goes on in batches of 1 MiB at most, in whole characters', async () => {
  const sink = memorySink();
  const gate = Promise.withResolvers<void>();
  sink.gate = gate.promise;
  const audit = open(sink);
  const first = audit.intend(call, write);
  const wide = { ...call, userAgent: 'é\u4e2d\u{1f600}'.repeat(80) };
  for (let count = 0; count < 1500; count += 1) void audit.record(wide, read, {});
  gate.resolve();
  await first;
  await audit.close();
  const sizes = sink.batches.map((batch) => Buffer.byteLength(batch));
  assert.ok(sizes.length > 2 && sizes.length < 6, `${sizes.length} batches`);
  // Beside its lines each has a seal: a number of at most ten digits a line.
  for (const size of sizes) assert.ok(size <= 1024 * 1024 + 11 * 1500 + 300, `${size} bytes`);
  const report = await verified(sink);
  assert.deepEqual([report.problems, report.records, report.intents], [[], 1500, 1]);
});

test('a failed append refuses whoever waits and comes back by itself with the next call', async () => {
  const sink = memorySink();
  const audit = open(sink);
  void audit.record(call, read, {});
  sink.failure = new Error('ENOSPC: no space left');
  const done = audit.record(call, write, { responseElements: { done: true } });
  await assert.rejects(Promise.all([audit.intend(call, write), done]), unavailable);
  await assert.rejects(async () => await done, unavailable);
  assert.equal(audit.healthy(), false);
  await assert.rejects(async () => await audit.record(call, read, {}), unavailable, 'reads wait while it is broken');
  sink.failure = undefined;
  await audit.record(call, read, {});
  assert.equal(audit.healthy(), true);
  await audit.close();
  const report = await verified(sink);
  assert.deepEqual(report.problems, []);
  // The queued read, the write that was done, and the last read; the refused read and the intent are gone.
  assert.deepEqual([report.records, report.intents], [3, 0]);
});

test('without a call it probes the log until it is well', async () => {
  const sink = memorySink();
  const audit = open(sink, 5);
  sink.failure = new Error('EIO');
  await assert.rejects(audit.intend(call, write), unavailable);
  sink.failure = undefined;
  const hold = setInterval(() => undefined, 5);
  while (!audit.healthy()) await new Promise((resolve) => setImmediate(resolve));
  clearInterval(hold);
  await audit.intend(call, write);
  await audit.close();
  const report = await verified(sink);
  assert.deepEqual([report.problems, report.intents], [[], 1]);
});

test('behind a slow disk reads wait for their records long before any is refused', async () => {
  const sink = memorySink();
  const gate = Promise.withResolvers<void>();
  sink.gate = gate.promise;
  const audit = open(sink);
  const waiting: Promise<unknown>[] = [audit.intend(call, write)];
  let count = 0;
  while (waiting.length < 500) {
    const recorded = audit.record(call, read, {});
    if (recorded !== undefined) waiting.push(Promise.resolve(recorded));
    count += 1;
  }
  gate.resolve();
  await Promise.all(waiting);
  assert.equal(audit.record(call, read, {}), undefined, 'once the disk has caught up nobody waits');
  await audit.close();
  const report = await verified(sink);
  assert.deepEqual([report.problems, report.records], [[], count + 1]);
});

test('the queue is bounded, and room is kept for what was done', async () => {
  const sink = memorySink();
  const gate = Promise.withResolvers<void>();
  sink.gate = gate.promise;
  const audit = open(sink);
  const waiting: Promise<unknown>[] = [audit.intend(call, write)];
  const wide = sampleSubject('read', { requestParameters: { text: 'x'.repeat(30_000), more: 'y'.repeat(30_000) } });
  let accepted = 0;
  assert.throws(() => {
    for (; accepted < 100_000; accepted += 1) void audit.record(call, wide, {});
  }, unavailable);
  assert.ok(accepted * 60_000 < limits.auditQueueBytesMax && (accepted + 2) * 61_000 > limits.auditQueueBytesMax);
  const { requestParameters } = wide;
  waiting.push(Promise.resolve(audit.record(call, sampleSubject('write', { requestParameters }), {})));
  gate.resolve();
  await Promise.all(waiting);
  await audit.close();
  assert.deepEqual((await verified(sink)).problems, []);
});

test('closing writes what waits, refuses what comes after, and tells what it could not write', async () => {
  const sink = memorySink();
  const audit = open(sink);
  void audit.record(call, read, {});
  await audit.close();
  assert.equal((await verified(sink)).records, 1);
  assert.throws(() => audit.record(call, read, {}), unavailable);
  await assert.rejects(audit.intend(call, write), unavailable);

  const broken = memorySink();
  broken.failure = new Error('EIO');
  const unwritten = open(broken);
  void unwritten.record(call, read, {});
  await assert.rejects(unwritten.close(), unavailable);
});

test('a short key is refused', () => {
  const options = { sink: memorySink(), head: undefined, clock: manualClock(0), random: systemRandom };
  assert.throws(() => openAudit({ ...options, macKey: Buffer.alloc(31) }), RangeError);
});
