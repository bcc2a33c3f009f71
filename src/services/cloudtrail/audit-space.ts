// How much the audit log may still grow: its own budget, and what must stay free on the disk.

import type { Clock } from '#core/clock.ts';
import { limits } from '#core/limits.ts';
import type { AuditFileSystem } from './audit-file-system.ts';
import { auditFolderBytes } from './audit-folder.ts';

/** The log must not grow: nothing is broken, and nothing was written. The message says what to do. */
export class AuditSpaceError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AuditSpaceError';
  }
}

export interface AuditSpaceOptions {
  readonly folder: string;
  readonly fileSystem: AuditFileSystem;
  readonly clock: Clock;
  readonly budgetBytes: number;
  /** By the size of the disk when undefined. */
  readonly freeSpaceBytesMin: number | undefined;
}

const measureEveryMs = 1000;
/** Of a small disk a fiftieth stays free. */
const shareMin = 0.02;

/** Measures the disk at most once a second, the folder when asked to or when it seems full, and counts in between. */
export class AuditSpace {
  readonly #options: AuditSpaceOptions;
  #usedBytes = 0;
  #usedMeasuredAtMs = Number.NEGATIVE_INFINITY;
  #freeBytes = 0;
  #floorBytes = 0;
  #freeMeasuredAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: AuditSpaceOptions) {
    this.#options = options;
  }

  /** Makes the next question measure anew. */
  forget(): void {
    this.#usedMeasuredAtMs = Number.NEGATIVE_INFINITY;
    this.#freeMeasuredAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Throws AuditSpaceError when `sizeBytes` more would pass the budget or the floor. */
  async admit(sizeBytes: number): Promise<void> {
    const { folder, clock, budgetBytes } = this.#options;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#freeMeasuredAtMs >= measureEveryMs) await this.#measureFree(nowMs);
    if (this.#freeBytes - sizeBytes < this.#floorBytes) {
      const floor = `${this.#floorBytes} bytes must stay free`;
      throw new AuditSpaceError(
        `the disk of ${folder} has ${this.#freeBytes} bytes left and ${floor}: make room on it`,
      );
    }
    const unknown = this.#usedMeasuredAtMs === Number.NEGATIVE_INFINITY;
    const stale = nowMs - this.#usedMeasuredAtMs >= measureEveryMs;
    if (unknown || (stale && this.#usedBytes + sizeBytes > budgetBytes)) await this.#measureUsed(nowMs);
    if (this.#usedBytes + sizeBytes > budgetBytes) {
      const remedy = 'move its oldest files elsewhere or raise the budget';
      throw new AuditSpaceError(`the audit log in ${folder} has used its budget of ${budgetBytes} bytes: ${remedy}`);
    }
  }

  /** Counts what was written. */
  note(sizeBytes: number): void {
    this.#usedBytes += sizeBytes;
    this.#freeBytes -= sizeBytes;
  }

  async #measureFree(nowMs: number): Promise<void> {
    const { folder, fileSystem, freeSpaceBytesMin } = this.#options;
    const { bavail, blocks, bsize } = await fileSystem.statfs(folder);
    const share = Math.floor(blocks * bsize * shareMin);
    this.#freeBytes = bavail * bsize;
    this.#floorBytes = freeSpaceBytesMin ?? Math.min(limits.auditFreeSpaceBytesMin, share);
    this.#freeMeasuredAtMs = nowMs;
  }

  async #measureUsed(nowMs: number): Promise<void> {
    this.#usedBytes = await auditFolderBytes(this.#options.fileSystem, this.#options.folder);
    this.#usedMeasuredAtMs = nowMs;
  }
}
