// Faults of the disk, as the rest of the house knows them.

import { DomainError } from '#core/errors.ts';

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full; nothing was stored.',
  EDQUOT: 'The disk quota is used up; nothing was stored.',
  EFBIG: 'The file system takes no file of this size; nothing was stored.',
  EROFS: 'The disk is read-only; nothing was stored.',
  EACCES: 'The server may not use its data folder.',
  EPERM: 'The server may not use its data folder.',
  EIO: 'The disk failed.',
  EMFILE: 'The server has too many open files; try again.',
  ENFILE: 'The machine has too many open files; try again.',
};

/** The system's name of the fault, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** `storage-unavailable` for what the disk refuses; anything else as it is. */
export function translateFault(error: unknown): unknown {
  const sentence = sentences[codeOf(error) ?? ''];
  if (sentence === undefined) return error;
  return new DomainError('storage-unavailable', sentence, {}, { cause: error, log: String(error) });
}

/** Undefined for a path that is not there; any other fault is thrown in our words. */
export function absent(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
  throw translateFault(error);
}
