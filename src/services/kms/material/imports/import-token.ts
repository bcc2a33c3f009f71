// Import tokens: the private half of a wrapping key and what it may be used for, sealed with the registry's own key.
// Nothing of it is stored: whoever gives it back gives back all that is needed, at whatever process.

import type { KeyRing } from '#core/ports/key-ring.ts';
import { overwriting } from '#std/overwriting.ts';
import type { KmsKey } from '../../keys/key.ts';

export interface ImportToken {
  readonly wrappingAlgorithm: string;
  readonly validToMs: number;
  /** PKCS#8, DER. */
  readonly privateKey: Buffer;
}

export async function sealImportToken(keyRing: KeyRing, key: KmsKey, token: ImportToken): Promise<Buffer> {
  const { wrappingAlgorithm, validToMs, privateKey } = token;
  const head = Buffer.from(JSON.stringify({ wrappingAlgorithm, validToMs }));
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  const plaintext = Buffer.concat([length, head, privateKey]);
  return overwriting(plaintext, async () => keyRing.seal(await keyRing.domainOf(key), contextOf(key), plaintext));
}

/** Undefined for what is no token of this very key. */
export async function openImportToken(
  keyRing: KeyRing,
  key: KmsKey,
  sealed: Uint8Array,
): Promise<ImportToken | undefined> {
  const domain = await keyRing.domainOf(key);
  let opened: Buffer;
  try {
    opened = await keyRing.open(domain, contextOf(key), sealed);
  } catch {
    return undefined;
  }
  // What opens was sealed here: it is read without looking twice.
  const end = 2 + opened.readUInt16BE(0);
  const head = JSON.parse(opened.toString('utf8', 2, end)) as Omit<ImportToken, 'privateKey'>;
  return { ...head, privateKey: opened.subarray(end) };
}

function contextOf({ keyId }: KmsKey): string {
  return `kms/import-token/${keyId}`;
}
