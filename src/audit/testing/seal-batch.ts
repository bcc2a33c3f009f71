// A whole batch from its lines, for tests that write logs of their own.

import type { ChainHead } from '#core/ports/audit-sink.ts';
import { GatheredBatch } from '../gathered-batch.ts';

/** The batch's text with its seal, and the head after it. Every line ends with a line feed; no lines is allowed. */
export function sealBatch(lines: readonly string[], head: ChainHead, macKey: Buffer) {
  const batch = new GatheredBatch(macKey);
  for (const line of lines) batch.add(line, Buffer.byteLength(line));
  const sealed = batch.seal(head);
  return { ...sealed, text: Buffer.from(sealed.bytes).toString() };
}
