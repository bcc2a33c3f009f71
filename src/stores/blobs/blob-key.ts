// The grammar of blob keys, which keeps every key inside the store's folder.

const keyLengthMax = 200;
const segment = /^[a-z0-9._-]+$/;

/** Throws for a key that is none: keys come from us, never from a caller. */
export function assertBlobKey(key: string): void {
  if (key.length > keyLengthMax || !key.split('/').every(isSegment)) {
    throw new Error(`not a blob key: ${JSON.stringify(key.slice(0, keyLengthMax))}`);
  }
}

/** A prefix is a key or empty. */
export function assertBlobPrefix(prefix: string): void {
  if (prefix !== '') assertBlobKey(prefix);
}

/** What every store says when a key is written a second time. */
export function blobExists(key: string, cause?: unknown): Error {
  return new Error(`the blob ${key} exists already`, { cause });
}

function isSegment(text: string): boolean {
  return segment.test(text) && text !== '.' && text !== '..';
}
