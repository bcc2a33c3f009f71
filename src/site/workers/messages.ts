// What the supervisor and its workers say to each other.

import type { Config } from '#config/config.ts';
import { rootFiles } from '#services/kms/root/root-files.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import { holdRootKeys } from '#services/kms/root/root-keys.ts';
import { siteKeyOf } from '#services/kms/root/site-key.ts';
import type { SiteKeys } from '../keys/open-keys.ts';

/** Over a socket pair that no other process has; the bytes as they are, so that each side can overwrite them. */
export interface SentKeys {
  readonly roots: readonly RootKey[];
  readonly siteKey: RootKey;
}

export type Asked =
  | { readonly what: 'metrics' | 'readiness' }
  /** Answered with true, or with one sentence why not. */
  | { readonly what: 'unseal'; readonly keys: SentKeys }
  | { readonly what: 'seal'; readonly reason: string }
  | { readonly what: 'roots'; readonly roots: readonly RootKey[] };

export type ToWorker =
  | {
      readonly kind: 'open';
      readonly config: Config;
      readonly index: number;
      /** Why it is sealed until it gets the keys. */
      readonly reason: string;
      /** Where the supervisor accepts connections. */
      readonly port: number;
    }
  /** Comes with a connection. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'ask'; readonly id: number; readonly asked: Asked }
  | { readonly kind: 'close' };

export type FromWorker =
  /** It takes connections, sealed. */
  | { readonly kind: 'open'; readonly url: string; readonly authority: string | undefined }
  /** One sentence why it could not open. */
  | { readonly kind: 'failed'; readonly message: string }
  /** Of a connection: the next one may come. */
  | { readonly kind: 'took' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: string | boolean };

export function receivedRoots(roots: readonly RootKey[]): readonly RootKey[] {
  return roots.map(({ id, bytes }) => ({ id, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) }));
}

export function receivedKeys(dataFolder: string, { roots, siteKey }: SentKeys): SiteKeys {
  const [first, ...more] = receivedRoots(roots);
  const [site] = receivedRoots([siteKey]);
  if (first === undefined || site === undefined) throw new Error('no keys were sent');
  const files = rootFiles(dataFolder);
  return { files, roots: holdRootKeys(first, ...more), siteKey: siteKeyOf(site), nextId: undefined };
}
