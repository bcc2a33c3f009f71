// Blobs are refused while the disk is nearly full, so that the database and the audit log can still be written.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { FileSystem } from './file-system.ts';

export interface FreeSpace {
  /** Measures anew. Throws storage-unavailable when the disk is nearly full. */
  measure(): Promise<void>;
  /** Before so many bytes are written: measures when the disk may be nearly full by now, and throws as `measure`. */
  admit(sizeBytes: number): Promise<void> | undefined;
}

/** Of a small disk a tenth stays free. */
const shareMin = 0.1;

export function openFreeSpace(fileSystem: FileSystem, directory: string): FreeSpace {
  /** What may be written before the disk is looked at again: others write on it too. */
  let allowedBytes = 0;
  const measure = async (sizeBytes = 0) => {
    const { freeBytes, totalBytes } = await fileSystem.space(directory);
    const roomBytes = freeBytes - Math.min(limits.freeSpaceBytesMin, totalBytes * shareMin);
    allowedBytes = roomBytes / 2 - sizeBytes;
    if (roomBytes < sizeBytes) throw nearlyFull(freeBytes);
  };
  return {
    measure: () => measure(),
    admit(sizeBytes) {
      allowedBytes -= sizeBytes;
      return allowedBytes > 0 ? undefined : measure(sizeBytes);
    },
  };
}

function nearlyFull(freeBytes: number): DomainError {
  const message = 'The disk is nearly full; nothing was stored.';
  return new DomainError('storage-unavailable', message, {}, { log: `${freeBytes} bytes are left on the disk` });
}
