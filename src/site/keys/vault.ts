// The state of a site: sealed or open. Opens it once its root key can be had, seals it when that is gone too long.

import type { Config } from '#config/config.ts';
import { growingDelayMs } from '#core/growing-delay.ts';
import { RootSealedError, WrongSecretError } from '#services/kms/root/provider.ts';
import { lookAtRecord, rootFiles } from '#services/kms/root/root-files.ts';
import { isSameKey, type RootKey } from '#services/kms/root/root-key.ts';
import type { RootRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';
import type { Platform } from '../stores.ts';
import { openControl } from './control.ts';
import type { Environment } from './external-kms.ts';
import { openKeys, type SiteKeys } from './open-keys.ts';
import { noteRefusedUnseal } from './refused-unseals.ts';
import type { Unsealing } from './root-acts.ts';
import { isGiven, isRemote, openRootOpener, type RootOpener, type RootSecrets } from './root-opener.ts';

export interface VaultOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly log: (line: string) => void;
  readonly secrets: RootSecrets | undefined;
  readonly environment: Environment;
  /** Ends the wait of a start for whoever keeps the root key: the site is sealed then. */
  readonly signal?: AbortSignal | undefined;
  /** Opens all that the keys open. */
  readonly open: (keys: SiteKeys, unsealing: Unsealing | undefined) => Promise<void>;
  /** Closes what is open, forgets the keys, and tells callers why from now on. */
  readonly close: (reason: string) => Promise<void>;
  readonly rotate: (next: RootKey, record: RootRecord) => Promise<RotationReport>;
}

export interface Vault {
  /** Why it is sealed, for who runs the site; undefined when it is open. */
  sealed(): string | undefined;
  /** Resolves once it is open for the first time. */
  readonly opened: Promise<void>;
  close(): Promise<void>;
}

const retryMs = 2000;
/** Of tries to open a sealed site: each asks an HSM, or is a refused call in the log of a KMS. */
const patience = { free: 1, delayMsMin: retryMs, delayMsMax: 30_000 };

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
    opened: vault.opened,
    async close() {
      await control.close();
      await vault.close();
    },
  };
}

class SiteVault {
  readonly #options: VaultOptions;
  readonly #opener: RootOpener;
  /** For who runs the site: callers are told less. */
  #reason: string | undefined = 'The site is sealed.';
  #failures = 0;
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  readonly #opened = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  #lastSeenMs = 0;

  constructor(options: VaultOptions) {
    this.#options = options;
    const { config, platform, environment } = options;
    this.#opener = openRootOpener({ config, random: platform.random, environment });
  }

  sealed(): string | undefined {
    return this.#reason;
  }

  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  async start(): Promise<void> {
    const { secrets, log, signal } = this.#options;
    for (;;) {
      const record = await this.record();
      const line = record !== undefined && isGiven(record.provider) ? await secrets?.next(record) : undefined;
      try {
        if (record !== undefined && line !== undefined) await this.#giveAndOpen(record, line, 'start', signal);
        else await this.#open(undefined, signal);
      } catch (error) {
        if (!(error instanceof WrongSecretError)) throw error;
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
      await this.#giveAndOpen(record, line, 'control-socket');
      if (this.#reason === undefined) this.#options.log('the site is unsealed');
      return this.#reason ?? 'The site is unsealed.';
    });
  }

  async #giveAndOpen(record: RootRecord, line: string, from: Unsealing['from'], signal?: AbortSignal): Promise<void> {
    try {
      this.#opener.give(record, line);
      await this.#open(this.#unsealing(record, from), signal);
    } catch (error) {
      if (error instanceof WrongSecretError) await this.#noteRefusal(record, from, error);
      throw error;
    }
  }

  #unsealing({ id, provider }: RootRecord, from: Unsealing['from']): Unsealing {
    return { rootKeyId: id, provider, from, shares: this.#opener.shares() };
  }

  /** It can be recorded only once the site is open. */
  async #noteRefusal({ id, provider }: RootRecord, from: string, { message: why }: WrongSecretError): Promise<void> {
    const { config, platform, log } = this.#options;
    log(`an unseal was refused: ${why}`);
    const refusal = { atMs: platform.clock.nowMs(), rootKeyId: id, provider, from, why };
    await noteRefusedUnseal(config.data, refusal, platform.random).catch((error: unknown) => {
      log(`the refused unseal cannot be noted for the audit: ${toldOf(error)}`);
    });
  }

  rotate(next: RootKey, record: RootRecord): Promise<RotationReport> {
    return this.#next(async () => {
      if (isRemote(record.provider)) await this.#requireOpens(next, record);
      return this.#options.rotate(next, record);
    });
  }

  /** Who made the record may have other settings and rights than this process, which will have to open it. */
  async #requireOpens(next: RootKey, record: RootRecord): Promise<void> {
    const opened = await this.#opener.open(record, this.#closing.signal).catch((error: unknown) => {
      const text = 'The server, as it was started, cannot open a root key that is kept so: nothing was changed.';
      throw new Error(`${text} ${toldOf(error)}`, { cause: error });
    });
    const isNext = isSameKey(opened, next);
    opened.bytes.fill(0);
    if (!isNext) throw new Error('The record opens to another root key: nothing was changed.');
  }

  /** Undefined on a new site. */
  record(): Promise<RootRecord | undefined> {
    return lookAtRecord(rootFiles(this.#options.config.data).root);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#turn;
    this.#opener.forget();
  }

  /** Throws all but that the root key is not to be had, which becomes the reason. */
  async #open(unsealing?: Unsealing, signal = this.#closing.signal): Promise<void> {
    const { config, platform, open } = this.#options;
    try {
      const keys = await openKeys(config.data, platform.random, (record) => this.#opener.open(record, signal));
      await open(keys, unsealing);
      this.#lastSeenMs = platform.clock.monotonicMs();
      this.#reason = undefined;
      this.#failures = 0;
      this.#opened.resolve();
    } catch (error) {
      this.#failures += 1;
      // A wrong passphrase or share is told to who gave it, and to nobody else.
      if (!(error instanceof RootSealedError) || error instanceof WrongSecretError) throw error;
      this.#reason = sealedText(error.told);
      await this.#options.close(sealedText(error.message));
    }
  }

  #next<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Looks again and again whether a provider that may go away is there. */
  #watch(): void {
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => {
      void this.#next(() => this.#look())
        .catch((error: unknown) => this.#options.log(`the root key: ${toldOf(error)}`))
        .then(() => this.#watch());
    }, this.#pauseMs());
    this.#timer.unref();
  }

  #pauseMs(): number {
    if (this.#reason !== undefined) return Math.max(retryMs, growingDelayMs(this.#failures, patience));
    return Math.min(30_000, Math.max(retryMs, this.#options.config.rootKeyCacheMs / 4));
  }

  async #look(): Promise<void> {
    const record = await this.record();
    if (record === undefined || !isRemote(record.provider)) return;
    if (this.#reason === undefined) await this.#lookWhileOpen(record);
    else await this.#lookWhileSealed(record, this.#reason);
  }

  async #lookWhileSealed(record: RootRecord, before: string): Promise<void> {
    await this.#open(this.#unsealing(record, 'provider'));
    if (this.#reason === undefined) this.#options.log(`${record.provider} is back: the site is unsealed`);
    else if (this.#reason !== before) this.#options.log(this.#reason);
  }

  async #lookWhileOpen(record: RootRecord): Promise<void> {
    const { platform, config, log, close } = this.#options;
    try {
      (await this.#opener.open(record, this.#closing.signal)).bytes.fill(0);
      this.#lastSeenMs = platform.clock.monotonicMs();
    } catch (error) {
      const goneMs = platform.clock.monotonicMs() - this.#lastSeenMs;
      const told = toldOf(error);
      log(`the root key cannot be had any more: ${told}`);
      if (goneMs < config.rootKeyCacheMs || this.#closing.signal.aborted) return;
      this.#reason = sealedText(told);
      await close(sealedText(error instanceof RootSealedError ? error.message : 'its root key is not to be had.'));
      log(this.#reason);
    }
  }
}

function sealedText(why: string): string {
  return why.startsWith('The site is sealed') ? why : `The site is sealed: ${why}`;
}

function toldOf(error: unknown): string {
  if (error instanceof RootSealedError) return error.told;
  return error instanceof Error ? error.message : String(error);
}
