// The floor of a push: what this Node needs to receive bytes, hash, encrypt and write them, and to do nothing else.

import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { releaseBuffer } from '../../src/std/release-buffer.ts';

const mebibyte = 1024 * 1024;
const tagBytes = 16;
/** Segments that may wait for the disk while more is received. */
const waitingMax = 2;

/** One pass, durable when it resolves: SHA-256, AES-256-GCM in segments of 1 MiB, one write for each of them. */
export async function storeBody(message: IncomingMessage, path: string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await receive(message, file);
    await file.datasync();
  } finally {
    await file.close();
  }
}

function receive(message: IncomingMessage, file: FileHandle): Promise<void> {
  const key = randomBytes(32);
  const hash = createHash('sha256');
  const segment = Buffer.allocUnsafeSlow(mebibyte);
  let filled = 0;
  let position = 0;
  let waiting = 0;
  let writing = Promise.resolve();
  const seal = () => {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12), { authTagLength: tagBytes });
    const ciphertext = cipher.update(segment.subarray(0, filled));
    cipher.final();
    const pieces = [ciphertext, cipher.getAuthTag()];
    const at = position;
    position += filled + tagBytes;
    filled = 0;
    waiting += 1;
    if (waiting > waitingMax) message.pause();
    writing = writing.then(async () => {
      await file.writev(pieces, at);
      releaseBuffer(ciphertext);
      waiting -= 1;
      if (message.isPaused() && waiting <= waitingMax) message.resume();
    });
    writing.catch(() => undefined);
  };
  return new Promise((resolve, reject) => {
    message.on('data', (piece: Buffer) => {
      hash.update(piece);
      for (let at = 0; at < piece.length; ) {
        const count = Math.min(piece.length - at, mebibyte - filled);
        segment.set(piece.subarray(at, at + count), filled);
        filled += count;
        at += count;
        if (filled === mebibyte) seal();
      }
      releaseBuffer(piece);
    });
    message.on('error', reject);
    message.on('end', () => {
      hash.digest();
      seal();
      writing.then(resolve, reject);
    });
  });
}
