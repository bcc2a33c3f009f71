// The state of a site: sealed or open. Opens it once its root key can be had, seals it when that is gone too long.

import type { Config } from '#config/config.ts';
import { RootSealedError, WrongSecretError } from '#services/kms/root/provider.ts';
import { lookAtRecord, rootFiles } from '#services/kms/root/root-files.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';
import type { Platform } from '../stores.ts';
import { openControl } from './control.ts';
import { openKeys, type SiteKeys } from './open-keys.ts';
import { isGiven, isRemote, openRootOpener, type RootOpener, type RootSecrets } from './root-opener.ts';

export interface VaultOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly log: (line: string) => void;
  readonly secrets: RootSecrets | undefined;
  /** Opens all that the keys open. */
  readonly open: (keys: SiteKeys) => Promise<void>;
  /** Closes what is open, forgets the keys, and tells callers why from now on. */
  readonly close: (reason: string) => Promise<void>;
  readonly rotate: (next: RootKey, record: RootRecord) => Promise<RotationReport>;
}

export interface Vault {
  /** Why it is sealed; undefined when it is open. */
  sealed(): string | undefined;
  close(): Promise<void>;
}

const retryMs = 2000;

/** Throws when the site cannot be opened, now or later; one that waits for its root key is sealed. */
export async function openVault(options: VaultOptions): Promise<Vault> {
  const vault = new SiteVault(options);
  await vault.start();
  const control = await openControl(options.config.data, vault).catch(async (error: unknown) => {
    await vault.close();
    throw error;
  });
  return {
    sealed: () => vault.sealed(),
    async close() {
      await control.close();
      await vault.close();
    },
  };
}

class SiteVault {
  readonly #options: VaultOptions;
  readonly #opener: RootOpener;
  #reason: string | undefined = 'The site is sealed.';
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #lastSeenMs = 0;

  constructor(options: VaultOptions) {
    this.#options = options;
    this.#opener = openRootOpener(options.config, options.platform.random);
  }

  sealed(): string | undefined {
    return this.#reason;
  }

  async start(): Promise<void> {
    const { secrets, log } = this.#options;
    for (;;) {
      const record = await this.record();
      const line = record !== undefined && isGiven(record.provider) ? await secrets?.next(record) : undefined;
      try {
        if (record !== undefined && line !== undefined) this.#opener.give(record, line);
        await this.#open();
      } catch (error) {
        if (!(error instanceof WrongSecretError)) throw error;
        log(error.message);
      }
      // Whoever can be asked is asked until it is enough.
      if (this.#reason === undefined || line === undefined) break;
    }
    if (this.#reason !== undefined) log(this.#reason);
    this.#watch();
  }

  /** A passphrase or a share; the sentence for who gave it. Throws WrongSecretError. */
  give(line: string): Promise<string> {
    return this.#next(async () => {
      if (this.#reason === undefined) return 'The site is open already.';
      const record = await this.record();
      if (record === undefined) throw new Error('There is no root key.');
      this.#opener.give(record, line);
      await this.#open();
      if (this.#reason === undefined) this.#options.log('the site is unsealed');
      return this.#reason ?? 'The site is unsealed.';
    });
  }

  rotate(next: RootKey, record: RootRecord): Promise<RotationReport> {
    return this.#next(() => this.#options.rotate(next, record));
  }

  /** Undefined on a new site. */
  record(): Promise<RootRecord | undefined> {
    return lookAtRecord(rootFiles(this.#options.config.data).root);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    await this.#turn;
    this.#opener.forget();
  }

  /** Throws all but that the root key is not to be had, which becomes the reason. */
  async #open(): Promise<void> {
    const { config, platform, open } = this.#options;
    try {
      const keys = await openKeys(config.data, platform.random, this.#opener.open);
      await open(keys);
      this.#lastSeenMs = platform.clock.monotonicMs();
      this.#reason = undefined;
    } catch (error) {
      // A wrong passphrase or share is told to who gave it, and to nobody else.
      if (!(error instanceof RootSealedError) || error instanceof WrongSecretError) throw error;
      this.#reason = error.message;
      await this.#options.close(error.message);
    }
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Looks again and again whether a provider that may go away is there. */
  #watch(): void {
    if (this.#isClosing) return;
    const { rootKeyCacheMs } = this.#options.config;
    const pauseMs = this.#reason === undefined ? Math.min(30_000, Math.max(retryMs, rootKeyCacheMs / 4)) : retryMs;
    this.#timer = setTimeout(() => {
      void this.#next(() => this.#look())
        .catch((error: unknown) => this.#options.log(`the root key: ${String(error)}`))
        .then(() => this.#watch());
    }, pauseMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const record = await this.record();
    if (record === undefined || !isRemote(record.provider)) return;
    if (this.#reason !== undefined) {
      await this.#open();
      if (this.#reason === undefined) this.#options.log(`${record.provider} is back: the site is unsealed`);
      return;
    }
    const { clock } = this.#options.platform;
    try {
      (await this.#opener.open(record)).bytes.fill(0);
      this.#lastSeenMs = clock.monotonicMs();
    } catch (error) {
      const goneMs = clock.monotonicMs() - this.#lastSeenMs;
      const text = error instanceof Error ? error.message : String(error);
      this.#options.log(`the root key's keeper does not answer: ${text}`);
      if (goneMs < this.#options.config.rootKeyCacheMs) return;
      this.#reason = `The site is sealed: ${text}`;
      await this.#options.close(this.#reason);
      this.#options.log(this.#reason);
    }
  }
}
