// Jobs run when due and when woken, alone, more rarely while failing, and end with the runner.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from './job.ts';
import { type JobRunnerOptions, startJobs } from './runner.ts';

const hourMs = 3_600_000;

function quiet(more: Partial<JobRunnerOptions> = {}): JobRunnerOptions & { readonly lines: string[] } {
  const lines: string[] = [];
  return { log: (line) => lines.push(line), firstDelayMs: 0, lines, ...more };
}

/** A job whose runs a test can wait for: `until(n)` resolves once n runs have begun. */
function counted(
  name: string,
  intervalMs: number,
  body: (run: number, signal: AbortSignal) => Promise<void> = async () => {},
) {
  let runs = 0;
  const waiting: { count: number; resolve: () => void }[] = [];
  const job: Job = {
    name,
    intervalMs,
    run(signal) {
      runs += 1;
      for (const { count, resolve } of waiting) if (runs >= count) resolve();
      return body(runs, signal);
    },
  };
  const until = (count: number) =>
    new Promise<void>((resolve) => (runs >= count ? resolve() : waiting.push({ count, resolve })));
  return { job, until, runs: () => runs };
}

test('a job runs again and again', async () => {
  const { job, until } = counted('a', 1);
  const runner = startJobs([job], quiet());
  await until(3);
  await runner.close();
});

test('waking runs it at once, and waking it while it runs runs it once more', async () => {
  const hold = Promise.withResolvers<void>();
  const { job, until, runs } = counted('a', hourMs, (run) => (run === 1 ? hold.promise : Promise.resolve()));
  const runner = startJobs([job], quiet({ firstDelayMs: hourMs }));
  runner.wake('a');
  await until(1);
  for (let time = 0; time < 5; time += 1) runner.wake('a');
  assert.equal(runs(), 1);
  hold.resolve();
  await until(2);
  await runner.close();
  assert.equal(runs(), 2);
});

test('a failing job logs a line, is tried again later, and recovers', async () => {
  const { job, until } = counted('a', 1, async (run) => {
    if (run <= 2) throw new Error('no disk');
  });
  const options = quiet({ retryDelayMs: 2 });
  const runner = startJobs([job], options);
  await until(4);
  assert.deepEqual(options.lines, ['job a failed (1 in a row): no disk', 'job a failed (2 in a row): no disk']);
  assert.equal(runner.status()[0]?.failures, 0);
  await runner.close();
});

test('waking a job that has just failed does not skip its back-off', async () => {
  const failing = counted('a', 1, () => Promise.reject(new Error('no')));
  const other = counted('b', 1);
  const runner = startJobs([failing.job, other.job], quiet({ retryDelayMs: hourMs }));
  await failing.until(1);
  await other.until(2);
  runner.wake('a');
  await other.until(5);
  assert.equal(failing.runs(), 1);
  await runner.close();
});

test('close tells the running job to stop and waits for it', async () => {
  let ended = false;
  const { job, until, runs } = counted('a', 1, async (_run, signal) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    await new Promise(setImmediate);
    ended = true;
  });
  const runner = startJobs([job], quiet());
  await until(1);
  await runner.close();
  assert.equal(ended, true);
  runner.wake('a');
  await new Promise(setImmediate);
  assert.equal(runs(), 1);
});

test('two jobs of one name, and waking an unknown one, are errors', async () => {
  const { job } = counted('a', hourMs);
  assert.throws(() => startJobs([job, job], quiet()), /same name/);
  const runner = startJobs([job], quiet({ firstDelayMs: hourMs }));
  assert.throws(() => runner.wake('b'), /no job is called b/);
  await runner.close();
});
