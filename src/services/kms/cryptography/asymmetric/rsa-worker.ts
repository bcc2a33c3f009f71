// The thread that does what RSA does with private keys: with 4096 bits each use takes milliseconds.

import { type KeyObject, privateDecrypt, privateEncrypt } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

export interface RsaUse {
  readonly id: number;
  readonly key: KeyObject;
  readonly padding: number;
  /** Decrypts with OAEP under this hash; signs without one. */
  readonly oaepHash?: string;
  readonly bytes: Uint8Array;
}

/** Without bytes where OpenSSL refuses those that came. */
export interface RsaAnswer {
  readonly id: number;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

parentPort?.on('message', (use: RsaUse) => {
  const answer = answerTo(use);
  // Handed over, not copied: nothing of it stays here.
  parentPort?.postMessage(answer, answer.bytes === undefined ? [] : [answer.bytes.buffer]);
});

function answerTo({ id, key, padding, oaepHash, bytes }: RsaUse): RsaAnswer {
  try {
    const made =
      oaepHash === undefined
        ? privateEncrypt({ key, padding }, bytes)
        : privateDecrypt({ key, padding, oaepHash }, bytes);
    // A copy of its own: of a buffer all that lies around it would be sent too.
    // V8 keeps small arrays in its heap, where a copy would stay behind: this one is not.
    const own = new Uint8Array(new ArrayBuffer(made.length));
    own.set(made);
    made.fill(0);
    return { id, bytes: own };
  } catch {
    return { id };
  }
}
