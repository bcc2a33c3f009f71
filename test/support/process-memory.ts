// Looks through the memory of a process, as somebody would who had got hold of it.

import { type FileHandle, open, readFile } from 'node:fs/promises';

const stepBytes = 16 * 1024 * 1024;

/** How often the bytes stand in what the process may write to. Rejects with EACCES or EPERM where that is forbidden. */
export async function countInMemory(pid: number, needle: Buffer): Promise<number> {
  const maps = await readFile(`/proc/${pid}/maps`, 'latin1');
  const memory = await open(`/proc/${pid}/mem`, 'r');
  try {
    let count = 0;
    for (const [, first = '', end = ''] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
      count += await countBetween(memory, Number(`0x${first}`), Number(`0x${end}`), needle);
    }
    return count;
  } finally {
    await memory.close();
  }
}

async function countBetween(memory: FileHandle, first: number, end: number, needle: Buffer): Promise<number> {
  let count = 0;
  let rest = Buffer.alloc(0);
  for (let at = first; at < end; at += stepBytes) {
    const bytes = Buffer.alloc(Math.min(stepBytes, end - at));
    // Some of what is mapped cannot be read by anybody.
    const read = await memory.read(bytes, 0, bytes.length, at).catch(() => ({ bytesRead: 0 }));
    const looked = Buffer.concat([rest, bytes.subarray(0, read.bytesRead)]);
    for (let found = looked.indexOf(needle); found !== -1; found = looked.indexOf(needle, found + 1)) count += 1;
    // What lies over the border is seen with the next piece, and nothing twice.
    rest = looked.subarray(Math.max(0, looked.length - needle.length + 1));
  }
  return count;
}
