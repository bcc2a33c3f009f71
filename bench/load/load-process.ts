// The parent's side of the load generator: processes of their own, so that their CPU is neither ours nor the server's.

import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LoadJob, LoadResult, MadeLayer } from './jobs.ts';

export class LoadProcess {
  readonly #child: ChildProcess;
  #ended: string | undefined;

  constructor(nice = 0) {
    this.#child = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), { serialization: 'advanced' });
    if (this.#child.pid !== undefined) setPriority(this.#child.pid, nice);
    this.#child.once('exit', (code, signal) => {
      this.#ended = `the load generator ended with ${signal ?? code}`;
    });
  }

  /** One job at a time. Rejects with what went wrong in it: an answer that was not expected, a lost connection. */
  run(job: LoadJob): Promise<LoadResult> {
    return new Promise((resolve, reject) => {
      const settle = (message: { readonly result?: LoadResult; readonly error?: string }) => {
        this.#child.off('exit', ended);
        if (message.result === undefined) reject(new Error(`${job.kind}: ${message.error}`));
        else resolve(message.result);
      };
      const ended = () => {
        this.#child.off('message', settle);
        reject(new Error(this.#ended ?? 'the load generator ended'));
      };
      if (this.#ended !== undefined) return ended();
      this.#child.once('message', settle);
      this.#child.once('exit', ended);
      this.#child.send(job);
    });
  }

  async makeLayers(count: number, sizeBytes: number): Promise<readonly MadeLayer[]> {
    return (await this.run({ kind: 'make-layers', count, sizeBytes })).layers ?? [];
  }

  close(): void {
    this.#child.disconnect();
  }
}
