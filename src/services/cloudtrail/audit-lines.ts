// The lines of a file as bytes with their line feeds, so that not even the loss of one goes unseen.

import type { AuditFileSystem } from './audit-file-system.ts';

/** The log writes no longer lines; a longer one is handed on in pieces of this size, which no seal names. */
const lineBytesMax = 2 * 1024 * 1024;

const chunkBytes = 256 * 1024;

/** The file's lines, in constant memory. */
export async function* readLines(fileSystem: AuditFileSystem, path: string): AsyncIterable<Buffer> {
  const handle = await fileSystem.open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for (let position = 0; ; ) {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf(10) + 1;
      yield* splitLines(text.subarray(0, end));
      rest = text.subarray(end);
      if (rest.length < lineBytesMax) continue;
      yield rest;
      rest = Buffer.alloc(0);
    }
    if (rest.length > 0) yield rest;
  } finally {
    await handle.close();
  }
}

/** The lines of a text, each with its line feed; the last may lack it. */
export function splitLines(text: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf(10, start);
    const end = feed === -1 ? text.length : feed + 1;
    lines.push(text.subarray(start, end));
    start = end;
  }
  return lines;
}
