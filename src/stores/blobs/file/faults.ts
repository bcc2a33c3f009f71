// Faults of the disk, as the rest of the house knows them.

import { DomainError } from '#core/errors.ts';

const sentences: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full; nothing was stored.',
  EDQUOT: 'The disk quota is used up; nothing was stored.',
  EROFS: 'The disk is read-only; nothing was stored.',
  EIO: 'The disk failed.',
  EMFILE: 'The server has too many open files; try again.',
  ENFILE: 'The machine has too many open files; try again.',
};

export function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string } | undefined)?.code;
}

/** `storage-unavailable` for what the disk refuses; anything else as it is. */
export function translateFault(error: unknown): unknown {
  const sentence = sentences[codeOf(error) ?? ''];
  if (sentence === undefined) return error;
  return new DomainError('storage-unavailable', sentence, {}, { cause: error, log: String(error) });
}
