// Lines on their way to the log: gathered into batches, sealed, appended one batch at a time, so that many calls share
// one sync. Memory is bounded; a failed append fails everybody who waits, and the next call (or a second) tries again.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { AuditSink, ChainHead } from '#core/ports/audit-sink.ts';
import { chainStart } from './chain.ts';
import { GatheredBatch } from './gathered-batch.ts';

/**
 * `later`: durable within limits.auditReadDelayMs where the disk keeps up. `now`: the caller waits for it, and it is
 * forgotten when the append fails, because the call is refused. `kept`: the same, but it tells of what was done, so it
 * is tried again.
 */
export type Urgency = 'later' | 'now' | 'kept';

export interface GroupCommitOptions {
  readonly sink: AuditSink;
  readonly macKey: Buffer;
  readonly head: ChainHead | undefined;
  /** How long after a failure the log is tried again although nobody called. */
  readonly retryMs?: number;
}

/** Its bytes are in the batch: text that was kept until it is written would only be work for garbage collection. */
interface Line {
  readonly sizeBytes: number;
  readonly kept: boolean;
  readonly waiter?: { resolve(sequence: number): void; reject(error: unknown): void };
}

/** Lines that go to the log together, and what becomes of each. */
interface Batch {
  readonly lines: Line[];
  readonly gathered: GatheredBatch;
}

const batchBytesMax = 1024 * 1024;
const batchLinesMax = 4096;
/** Waiting reads are written early once they fill this much. */
const flushBytes = 256 * 1024;
/** The other half of limits.auditReadDelayMs is for the append itself. */
const flushDelayMs = limits.auditReadDelayMs / 2;

export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #retryMs: number;
  #head: ChainHead;
  /** The last one still gathers. */
  #waiting: Batch[] = [];
  /** Memory of a batch that was written, for the next one. */
  #spare: Buffer | undefined;
  /** Bytes in memory: waiting and in flight. */
  #heldBytes = 0;
  #waitingBytes = 0;
  #waiters = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStarting = false;
  #healthy = true;
  #closed = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#retryMs = options.retryMs ?? 1000;
    this.#head = options.head ?? chainStart;
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /**
   * Takes one line (with its line feed). Returns undefined for a line that is written later, else a promise that
   * resolves once it is durable, with its number in the log. Throws audit-unavailable when the queue is full or the
   * log is closed; rejects so when the append failed. While the last append failed, or much waits, every line is
   * waited for.
   */
  add(text: string, urgency: Urgency): Promise<number> | undefined {
    const sizeBytes = Buffer.byteLength(text);
    // What was done must be told: its records may use as much again as everybody else.
    const bytesMax = urgency === 'kept' ? 2 * limits.auditQueueBytesMax : limits.auditQueueBytesMax;
    if (this.#closed) throw unavailable('the audit log is closed');
    if (this.#heldBytes + sizeBytes > bytesMax) throw unavailable('too many audit records wait for the disk');
    const keepsUp = this.#healthy && this.#heldBytes + sizeBytes <= limits.auditReadsWaitBytes;
    if (urgency === 'later' && keepsUp) {
      this.#push(text, { sizeBytes, kept: true });
      if (this.#waitingBytes >= flushBytes) this.#startSoon();
      else this.#arm(flushDelayMs);
      return undefined;
    }
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#push(text, { sizeBytes, kept: urgency === 'kept', waiter: { resolve, reject } });
    void this.#start();
    return promise;
  }

  /** Writes all that waits, then takes no more. Throws audit-unavailable when that could not be written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
    if (this.#waiting.length > 0) await this.#start();
    clearTimeout(this.#timer);
    const left = this.#waiting.reduce((sum, batch) => sum + batch.lines.length, 0);
    if (left > 0) throw unavailable(`${left} audit records could not be written`);
  }

  #push(bytes: string | Uint8Array, line: Line): void {
    const { lines, gathered } = this.#batchFor(line.sizeBytes);
    lines.push(line);
    gathered.add(bytes, line.sizeBytes);
    this.#heldBytes += line.sizeBytes;
    this.#waitingBytes += line.sizeBytes;
    if (line.waiter !== undefined) this.#waiters += 1;
  }

  /** The batch that gathers, or a new one where the line would make it too large. */
  #batchFor(sizeBytes: number): Batch {
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.lines.length < batchLinesMax) {
      if (last.gathered.lengthBytes + sizeBytes <= batchBytesMax) return last;
    }
    const batch = this.#newBatch();
    this.#waiting.push(batch);
    return batch;
  }

  #newBatch(): Batch {
    const gathered = new GatheredBatch(this.#options.macKey, this.#spare);
    this.#spare = undefined;
    return { lines: [], gathered };
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#running !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#start();
    }, delayMs);
    this.#timer.unref();
  }

  /** Starts writing unless that goes on already; the promise of its end, which never rejects. */
  #start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running ??= this.#run();
    return this.#running;
  }

  /** The call that filled the batch is answered first. */
  #startSoon(): void {
    if (this.#isStarting || this.#running !== undefined) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      // Somebody else may have started meanwhile.
      if (this.#waitingBytes >= flushBytes) void this.#start();
    });
  }

  async #run(): Promise<void> {
    do await this.#writeBatch();
    while (this.#healthy && this.#pressing());
    this.#running = undefined;
    if (this.#closed) return;
    if (!this.#healthy) this.#arm(this.#retryMs);
    else if (this.#waiting.length > 0) this.#arm(flushDelayMs);
  }

  #pressing(): boolean {
    return this.#waiters > 0 || this.#waitingBytes >= flushBytes || (this.#closed && this.#waiting.length > 0);
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#take();
    const sealed = batch.gathered.seal(this.#head);
    try {
      await this.#options.sink.append(sealed.bytes, sealed.head);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    const first = this.#head.sequence + 1;
    this.#spare = batch.gathered.memory;
    this.#head = sealed.head;
    this.#healthy = true;
    for (const [index, line] of batch.lines.entries()) {
      this.#heldBytes -= line.sizeBytes;
      line.waiter?.resolve(first + index);
    }
  }

  /** The oldest batch; one without lines, when a log that failed is only tried again. */
  #take(): Batch {
    const batch = this.#waiting.shift() ?? this.#newBatch();
    for (const line of batch.lines) if (line.waiter !== undefined) this.#waiters -= 1;
    this.#waitingBytes -= batch.gathered.lengthBytes;
    return batch;
  }

  /** Everybody who waits is refused. What tells of something done stays, in its order, for the next attempt. */
  #fail(batch: Batch, cause: unknown): void {
    this.#healthy = false;
    const all = [batch, ...this.#waiting];
    this.#waiting = [];
    this.#heldBytes = 0;
    this.#waitingBytes = 0;
    this.#waiters = 0;
    for (const { lines, gathered } of all) {
      let start = 0;
      for (const { sizeBytes, kept } of lines) {
        if (kept) this.#push(gathered.bytes(start, start + sizeBytes), { sizeBytes, kept });
        start += sizeBytes;
      }
    }
    const error = unavailable(cause instanceof Error ? cause.message : String(cause), cause);
    for (const { lines } of all) for (const line of lines) line.waiter?.reject(error);
  }
}

function unavailable(log: string, cause?: unknown): DomainError<'audit-unavailable'> {
  const message = 'The call was refused because the audit log cannot be written.';
  return new DomainError('audit-unavailable', message, {}, { log, cause });
}
