// RSA with private keys off the event loop. Node signs messages on its own threads, but digests and ciphertexts only at
// once: those go, one after another, to a thread that is started with the first of them.

import { Worker } from 'node:worker_threads';
import type { RsaAnswer, RsaUse } from './rsa-worker.ts';

interface Waiting {
  readonly resolve: (bytes: Buffer | undefined) => void;
  readonly reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
let thread: Worker | undefined;
let lastId = 0;

/** Undefined where OpenSSL refuses the bytes. */
export function useRsa(use: Omit<RsaUse, 'id'>): Promise<Buffer | undefined> {
  thread ??= startThread();
  const worker = thread;
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    // It is no reason for the process to live on, but what somebody waits for is.
    if (waiting.size === 0) worker.ref();
    waiting.set(id, { resolve, reject });
    worker.postMessage({ ...use, id, bytes: new Uint8Array(use.bytes) } satisfies RsaUse);
  });
}

function startThread(): Worker {
  const worker = new Worker(new URL('./rsa-worker.ts', import.meta.url));
  worker.on('message', ({ id, bytes }: RsaAnswer) => {
    const { resolve } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    resolve?.(bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  });
  const end = (error: Error): void => {
    if (thread !== worker) return;
    thread = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the thread for RSA has ended')));
  return worker;
}
