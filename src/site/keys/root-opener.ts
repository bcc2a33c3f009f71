// Opens a root key from its record with whatever it takes: the right provider, and what people have given for it.

import type { KeepRoot } from '#cli/commands.ts';
import { type Config, ConfigError } from '#config/config.ts';
import type { Random } from '#core/random.ts';
import type { RootProvider } from '#services/kms/root/provider.ts';
import { RootSealedError, WrongSecretError } from '#services/kms/root/provider.ts';
import { awsKmsProvider } from '#services/kms/root/providers/aws-kms.ts';
import { fileProvider } from '#services/kms/root/providers/file.ts';
import { passphraseBytesMin, passphraseProvider } from '#services/kms/root/providers/passphrase.ts';
import { pkcs11Provider } from '#services/kms/root/providers/pkcs11.ts';
import { shamirProvider, takeShare } from '#services/kms/root/providers/shamir.ts';
import type { RootKey } from '#services/kms/root/root-key.ts';
import type { ProviderName, RootRecord } from '#services/kms/root/root-record.ts';
import type { Share } from '#services/kms/root/shares.ts';
import { type Environment, externalKms } from './external-kms.ts';
import type { OpenRoot } from './open-keys.ts';

/** What is needed to ask whoever keeps, or is to keep, a root key. */
export interface RootKeepers {
  readonly config: Config;
  readonly random: Random;
  /** Where credentials for an external KMS may be. */
  readonly environment: Environment;
}

/** Where a passphrase or shares come from: a line each, undefined when there is no more. */
export interface RootSecrets {
  next(record: RootRecord): Promise<string | undefined>;
}

/** Those whose key people give, a line at a time. */
const given: ReadonlySet<ProviderName> = new Set(['passphrase', 'shamir']);
/** Those that may go away while the site runs. */
const remote: ReadonlySet<ProviderName> = new Set(['pkcs11', 'aws-kms']);

export const isGiven = (provider: ProviderName) => given.has(provider);
export const isRemote = (provider: ProviderName) => remote.has(provider);

export interface RootOpener {
  /** As `RootProvider.open`. */
  readonly open: (record: RootRecord, signal?: AbortSignal) => Promise<RootKey>;
  /** A passphrase or a share, in one line. Throws WrongSecretError when it is none for this record. */
  give(record: RootRecord, line: string): void;
  /** The numbers of the shares that were given and not forgotten. */
  shares(): readonly number[];
  /** Forgets what was given. */
  forget(): void;
}

export function openRootOpener(keepers: RootKeepers): RootOpener {
  const { random } = keepers;
  let passphrase: Buffer | undefined;
  let shares: readonly Share[] = [];
  const providers: Partial<Record<ProviderName, RootProvider>> = {
    file: fileProvider,
    passphrase: passphraseProvider({ passphrase: () => passphrase, random }),
    shamir: shamirProvider({ shares: () => shares }),
    ...askedProviders(keepers),
  };
  const forget = () => {
    passphrase?.fill(0);
    passphrase = undefined;
    for (const { bytes } of shares) bytes.fill(0);
    shares = [];
  };
  return {
    async open(record, signal) {
      const provider = providers[record.provider];
      if (provider === undefined)
        throw new Error(`The root key is kept by ${record.provider}, which is not set up here.`);
      try {
        const key = await provider.open(record, signal);
        forget();
        return key;
      } catch (error) {
        if (error instanceof WrongSecretError) forget();
        throw error;
      }
    },
    give(record, line) {
      if (!isGiven(record.provider))
        throw new WrongSecretError(`The root key is kept by ${record.provider}: nothing is to be given.`);
      if (record.provider === 'passphrase') passphrase = Buffer.from(line);
      else shares = [...shares, takeShare(line, record.id, shares)];
    },
    shares: () => shares.map(({ index }) => index),
    forget,
  };
}

/** Those that the configuration names, beside those that need nothing of it. */
function askedProviders({ config, random, environment }: RootKeepers): Partial<Record<ProviderName, RootProvider>> {
  const { pkcs11, awsKms } = config;
  return {
    ...(pkcs11 && { pkcs11: pkcs11Provider(pkcs11, random) }),
    ...(awsKms && { 'aws-kms': awsKmsProvider({ ...awsKms, call: externalKms(awsKms, environment) }) }),
  };
}

const settingOf = { pkcs11: 'keys.pkcs11', 'aws-kms': 'keys.awsKms' } as const;

/** What is to be written down of a key that is kept so. */
export async function keepRoot(keepers: RootKeepers, how: KeepRoot, key: RootKey): Promise<RootRecord> {
  const { random } = keepers;
  const { provider, shares, threshold, passphrase = '' } = how;
  if (provider === 'file') return fileProvider.keep(key);
  if (provider === 'passphrase') {
    if (Buffer.byteLength(passphrase) < passphraseBytesMin) {
      throw new ConfigError(
        `A passphrase has at least ${passphraseBytesMin} bytes: five or six random words are good.`,
      );
    }
    return passphraseProvider({ passphrase: () => Buffer.from(passphrase), random }).keep(key);
  }
  if (provider === 'shamir') return shamirProvider({ shares: () => [] }, threshold, shares).keep(key);
  const asked = askedProviders(keepers)[provider];
  if (asked !== undefined) return asked.keep(key);
  throw new ConfigError(`${provider} is not set up: the configuration has no ${settingOf[provider]}.`);
}

/** Opens a root key, asking for lines until it is enough. Throws RootSealedError when nobody can be asked. */
export function openRootAsking(keepers: RootKeepers, secrets: RootSecrets): OpenRoot {
  return async (record) => {
    const opener = openRootOpener(keepers);
    for (;;) {
      const line = isGiven(record.provider) ? await secrets.next(record) : undefined;
      if (line !== undefined) opener.give(record, line);
      try {
        return await opener.open(record);
      } catch (error) {
        // A share more may be enough.
        const goesOn = line !== undefined && error instanceof RootSealedError && !(error instanceof WrongSecretError);
        if (!goesOn) throw error;
      }
    }
  };
}
