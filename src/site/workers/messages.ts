// What the supervisor and its workers say to each other.

import type { Config } from '#config/config.ts';
import type { RegistryRef } from '#core/account.ts';

export type ToWorker =
  | {
      readonly kind: 'open';
      readonly config: Config;
      readonly home: RegistryRef;
      readonly index: number;
      /** Where the supervisor accepts connections. */
      readonly port: number;
    }
  /** Comes with a connection. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'ask'; readonly id: number; readonly what: 'metrics' | 'readiness' }
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'open'; readonly url: string; readonly authority: string | undefined }
  /** One sentence why it could not open. */
  | { readonly kind: 'failed'; readonly message: string }
  /** Of a connection: the next one may come. */
  | { readonly kind: 'took' }
  | { readonly kind: 'answer'; readonly id: number; readonly value: string | boolean };
