// Writes one blob: bytes to a temporary file, sync, a name that was free, and the folder that holds the name synced.

import { dirname } from 'node:path';
import { blobExists } from '../blob-key.ts';
import type { BlobWriter } from '../blob-store.ts';
import { codeOf, translateFault } from './faults.ts';
import type { FileSystem, WrittenFile } from './file-system.ts';
import type { Folders } from './folders.ts';
import type { FreeSpace } from './free-space.ts';

export interface FileWriterOptions {
  readonly fileSystem: FileSystem;
  readonly folders: Folders;
  readonly space: FreeSpace;
  readonly key: string;
  readonly path: string;
  readonly temporary: string;
}

/** Small pieces wait, copied, for what follows: a small blob is one write, a segment and the tag before it too. */
const heldBytesMax = 64 * 1024;

/** Throws storage-unavailable, as its methods do; then the temporary file is gone or swept at the next opening. */
export async function fileWriter(options: FileWriterOptions): Promise<BlobWriter> {
  try {
    await options.space.measure();
    return new FileWriter(options, await options.fileSystem.create(options.temporary));
  } catch (error) {
    throw translateFault(error);
  }
}

class FileWriter implements BlobWriter {
  readonly #options: FileWriterOptions;
  /** Undefined once the writer has ended. */
  #file: WrittenFile | undefined;
  /** A write that failed may have left a hole: such a file must never get a name. */
  #hasFailed = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #writtenBytes = 0;

  constructor(options: FileWriterOptions, file: WrittenFile) {
    this.#options = options;
    this.#file = file;
  }

  async append(bytes: Uint8Array): Promise<void> {
    const file = this.#requireOpen();
    if (this.#heldBytes + bytes.length <= heldBytesMax) {
      this.#held.push(Buffer.from(bytes));
      this.#heldBytes += bytes.length;
      return;
    }
    try {
      await this.#write(file, bytes);
    } catch (error) {
      this.#hasFailed = true;
      throw translateFault(error);
    }
  }

  async commit(): Promise<number> {
    const file = this.#requireOpen();
    try {
      await this.#write(file);
      await file.sync();
      this.#file = undefined;
      await file.close();
      await nameDurably(this.#options);
    } catch (error) {
      await this.#discard();
      throw translateFault(error);
    }
    // The blob has its name: a temporary name that stays is swept at the next opening.
    await this.#options.fileSystem.unlink(this.#options.temporary).catch(() => undefined);
    return this.#writtenBytes;
  }

  async abort(): Promise<void> {
    if (this.#file !== undefined) await this.#discard();
  }

  #requireOpen(): WrittenFile {
    if (this.#file === undefined) throw new Error('the writer has ended');
    if (this.#hasFailed) throw new Error('a write to this blob has failed');
    return this.#file;
  }

  /** What was held, then `last`. */
  async #write(file: WrittenFile, last?: Uint8Array): Promise<void> {
    const pieces: readonly Uint8Array[] = last === undefined ? this.#held : [...this.#held, last];
    await this.#options.space.admit(this.#heldBytes + (last?.length ?? 0));
    const at = this.#writtenBytes;
    this.#writtenBytes += this.#heldBytes + (last?.length ?? 0);
    this.#held = [];
    this.#heldBytes = 0;
    await file.write(pieces, at);
  }

  async #discard(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
    await this.#options.fileSystem.unlink(this.#options.temporary).catch(() => undefined);
  }
}

/** A hard link fails when the name is taken, where a rename would replace what is there. */
async function nameDurably({ fileSystem, folders, key, path, temporary }: FileWriterOptions): Promise<void> {
  const folder = dirname(path);
  await folders.ensure(folder);
  try {
    await fileSystem.link(temporary, path);
  } catch (error) {
    folders.forget(folder);
    throw codeOf(error) === 'EEXIST' ? blobExists(key, error) : error;
  }
  try {
    await fileSystem.syncFolder(folder);
  } catch (error) {
    await fileSystem.unlink(path).catch(() => undefined);
    throw error;
  }
}
