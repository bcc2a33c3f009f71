// What every way to keep the root key can do. One file a way; docs/design/root-of-trust.md compares them.

import type { RootKey } from './root-key.ts';
import type { RootRecord } from './root-record.ts';

export interface RootProvider {
  /** What is written down of a key that is to be kept this way. */
  keep(rootKey: RootKey): Promise<RootRecord>;
  /**
   * The key. Throws RootSealedError when it cannot be had now, and a sentence for the operator when it never can.
   * A provider that asks somebody gives up when the signal says so.
   */
  open(record: RootRecord, signal?: AbortSignal): Promise<RootKey>;
}

/** The root key cannot be had at this moment, and it may be later: the site waits, sealed. One sentence why. */
export class RootSealedError extends Error {
  /** A sentence more for who runs the site: addresses, names of files, what was answered. */
  readonly detail: string | undefined;
  constructor(message: string, detail?: string) {
    super(message);
    this.detail = detail;
  }
  /** All of it: for the log and the command line, never for callers. */
  get told(): string {
    return this.detail === undefined ? this.message : `${this.message} ${this.detail}`;
  }
}

/** What somebody gave is not what opens the root key: one sentence, without it. */
export class WrongSecretError extends RootSealedError {}
