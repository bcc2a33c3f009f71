// What every way to keep the root key can do. One file a way; docs/design/root-of-trust.md compares them.

import type { RootKey } from './root-key.ts';
import type { RootRecord } from './root-record.ts';

export interface RootProvider {
  /** What is written down of a key that is to be kept this way. */
  keep(rootKey: RootKey): Promise<RootRecord>;
  /** The key. Throws RootSealedError when it cannot be had now, and a sentence for the operator when it never can. */
  open(record: RootRecord): Promise<RootKey>;
}

/** The root key cannot be had at this moment, and it may be later: the site waits, sealed. One sentence why. */
export class RootSealedError extends Error {}

/** What somebody gave is not what opens the root key: one sentence, without it. */
export class WrongSecretError extends RootSealedError {}
