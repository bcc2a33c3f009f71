// What each part of a site's verification is given.

import type { Config } from '#config/config.ts';
import type { Findings } from '#core/findings.ts';
import type { OpenRoot, SiteKeys } from '../keys/open-keys.ts';
import type { Platform } from '../stores.ts';

export interface SiteVerification {
  readonly config: Config;
  readonly platform: Platform;
  readonly keys: SiteKeys;
  readonly findings: Findings;
  readonly options: SiteVerificationOptions;
}

export interface SiteVerificationOptions {
  /** False leaves out what takes long: of layers only that they are there, in their size. */
  readonly readsBytes: boolean;
  /** Opens the root key; one in a file when left out. */
  readonly openRoot?: OpenRoot;
  /** How long after a first look at a page that is amiss comes the next; the usual time when left out. */
  readonly againMs?: number;
}
