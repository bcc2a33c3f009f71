// An encryption context in its one canonical form: whatever the order of its pairs, the same bytes.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

const none = Buffer.alloc(4);

/**
 * The number of pairs, then each pair's name and value, the pairs in the order of their names' UTF-8 bytes; numbers
 * and lengths are 4 bytes, so no two contexts give the same bytes. Throws validation-failed for one that is too long.
 */
export function canonicalContext(context: EncryptionContext | undefined): Buffer {
  const names = Object.keys(context ?? {});
  if (context === undefined || names.length === 0) return none;
  // Half a character has no UTF-8 of its own: two such names would be the same bytes.
  if (!names.every((name) => name.isWellFormed() && context[name]?.isWellFormed() !== false)) {
    throw new DomainError('validation-failed', 'The encryption context holds half a character.', {});
  }
  const pairs = names.map((name) => [Buffer.from(name), Buffer.from(context[name] ?? '')] as const);
  const sizeBytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (sizeBytes > limits.encryptionContextBytesMax) {
    const message = `The encryption context is longer than ${limits.encryptionContextBytesMax} bytes.`;
    throw new DomainError('validation-failed', message, {});
  }
  pairs.sort(([left], [right]) => left.compare(right));
  return Buffer.concat([
    lengthOf(pairs.length),
    ...pairs.flatMap(([name, value]) => [...sized(name), ...sized(value)]),
  ]);
}

function sized(bytes: Buffer): readonly Buffer[] {
  return [lengthOf(bytes.length), bytes];
}

function lengthOf(count: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  return bytes;
}
