// One worker as its supervisor sees it: started, asked, told to close.

import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Taker } from './distribution.ts';
import type { Asked, FromWorker, ToWorker } from './messages.ts';

export interface WorkerProcess extends Taker {
  readonly index: number;
  readonly url: string;
  readonly authority: string | undefined;
  /** Undefined when it is gone or does not answer in time: two seconds when left out. */
  ask(asked: Asked, withinMs?: number): Promise<string | boolean | undefined>;
  /** Resolves with its exit code once it has ended; it is ended when it takes longer than `withinMs`. */
  close(withinMs: number): Promise<number>;
  /** Resolves when it ends, for whatever reason. */
  readonly ended: Promise<number>;
}

const answerWithinMs = 2000;
let questions = 0;

/** Throws the worker's own sentence when it could not open. */
export async function startWorker(open: Extract<ToWorker, { kind: 'open' }>): Promise<WorkerProcess> {
  const worker = cluster.fork();
  // A worker that cannot be forked, or told something at its end, is no reason for the supervisor to end.
  worker.on('error', () => undefined);
  await once(worker.process, 'spawn').catch((error: unknown) => {
    // It never ends either, which is when the cluster would forget it.
    delete cluster.workers?.[worker.id];
    throw error;
  });
  const ended = once(worker, 'exit').then(([code]) => (typeof code === 'number' ? code : 137));
  worker.send(open);
  const first = await Promise.race([firstMessage(worker), ended]);
  if (typeof first === 'number') throw new Error(`worker ${open.index} ended with code ${first} before it was open.`);
  if (first.kind !== 'open') {
    await ended;
    throw new Error(first.kind === 'failed' ? first.message : `worker ${open.index} did not open.`);
  }
  return {
    index: open.index,
    url: first.url,
    authority: first.authority,
    ended,
    give: giving(worker),
    ask: (what, withinMs = answerWithinMs) => ask(worker, what, withinMs),
    async close(withinMs) {
      if (worker.isConnected()) worker.send({ kind: 'close' } satisfies ToWorker);
      const timer = setTimeout(() => worker.process.kill('SIGKILL'), withinMs);
      const code = await ended;
      clearTimeout(timer);
      return code;
    },
  };
}

/** One connection at a time: the worker says when it has it. One that dies with it takes the connection with it. */
function giving(worker: Worker): (socket: Socket) => Promise<void> {
  let taken: () => void = () => undefined;
  worker.on('message', ({ kind }: FromWorker) => {
    if (kind === 'took') taken();
  });
  worker.once('exit', () => taken());
  return (socket) =>
    new Promise((resolve) => {
      taken = resolve;
      if (!worker.isConnected()) return resolve();
      // This process's hold on it stays until it is taken, and is let go then.
      worker.send({ kind: 'connection' } satisfies ToWorker, socket, { keepOpen: true }, (error) => {
        if (error !== null) resolve();
      });
    });
}

async function firstMessage(worker: Worker): Promise<FromWorker> {
  const [message] = (await once(worker, 'message')) as [FromWorker];
  return message;
}

function ask(worker: Worker, asked: Asked, withinMs: number): Promise<string | boolean | undefined> {
  if (!worker.isConnected()) return Promise.resolve(undefined);
  questions += 1;
  const id = questions;
  return new Promise((resolve) => {
    const done = (value: string | boolean | undefined) => {
      clearTimeout(timer);
      worker.off('message', hear);
      worker.off('exit', gone);
      resolve(value);
    };
    const hear = (message: FromWorker) => {
      if (message.kind === 'answer' && message.id === id) done(message.value);
    };
    const gone = () => done(undefined);
    const timer = setTimeout(gone, withinMs);
    worker.on('message', hear);
    worker.on('exit', gone);
    worker.send({ kind: 'ask', id, asked } satisfies ToWorker);
  });
}
