// The blob store: six methods over immutable byte objects. One folder an implementation; `suite.ts` is its contract.

/** Inclusive byte positions. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

export interface BlobStat {
  readonly key: string;
  /** Bytes that `read` of the same store would yield. */
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

export interface BlobWriter {
  /** Takes bytes in order and resolves when more may come (back-pressure). The buffer may be reused after that. */
  append(bytes: Uint8Array): Promise<void>;
  /** Makes the blob visible and durable (synced, renamed, folder synced) before it resolves; its size. */
  commit(): Promise<number>;
  /** Forgets everything. Safe after any failure, and after commit it does nothing. */
  abort(): Promise<void>;
}

export interface BlobCapabilities {
  /** True when committed blobs survive power loss. */
  readonly durable: boolean;
  /** True when blobs outlive the process. */
  readonly persistent: boolean;
}

/**
 * Keys are `/`-separated segments of `[a-z0-9._-]`, at most 200 characters, never `.` or `..`; anything else is
 * a programmer's error, and so is a key that is the folder of another (`a` beside `a/b`). A key is written once:
 * committing to an existing key is an error and leaves the old blob.
 */
export interface BlobStore {
  /**
   * Yields the bytes in pieces of at most 1 MiB: each, with all of its ArrayBuffer, is the consumer's, who may keep it
   * or release it. A range beyond the end (`RangeError`),
   * a missing blob (`BlobNotFoundError`) and damage (`BlobDamagedError`) throw from the iteration: never wrong bytes,
   * at worst too few of them.
   */
  read(key: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  write(key: string): Promise<BlobWriter>;
  stat(key: string): Promise<BlobStat | undefined>;
  /** Blobs below the prefix (whole segments; `''` for all), in no promised order; a damaged one's size is a guess. */
  list(prefix: string): AsyncIterable<BlobStat>;
  /** Idempotent: a missing blob is no error. A reader that has begun may finish or fail. */
  remove(key: string): Promise<void>;
  capabilities(): BlobCapabilities;
}

export class BlobNotFoundError extends Error {
  constructor(key: string) {
    super(`no blob has the key ${key}`);
    this.name = 'BlobNotFoundError';
  }
}

/** The stored bytes are not what was written: truncated, reordered, swapped, flipped, or the wrong key. */
export class BlobDamagedError extends Error {
  constructor(key: string, what: string, options?: ErrorOptions) {
    super(`blob ${key} is damaged: ${what}`, options);
    this.name = 'BlobDamagedError';
  }
}
