// What somebody at the host does to the root key: beside a running server through its control socket, else by itself.

import type { KeepRoot, PreparedRoot, RootKeyCommands } from '#cli/commands.ts';
import { DataFolderError, lockDataFolder, prepareDataFolder, requireSite } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { makePrivateFile } from '#services/kms/root/private-files.ts';
import { sharesOf } from '#services/kms/root/providers/shamir.ts';
import { lookAtRecord, openRecord, rootFiles } from '#services/kms/root/root-files.ts';
import { newRootKey, type RootKey } from '#services/kms/root/root-key.ts';
import { type RootRecord, writeRecord } from '#services/kms/root/root-record.ts';
import type { RotationReport } from '#services/kms/root/rotation.ts';
import { askServer, rotateRequest } from './keys/control.ts';
import type { Environment } from './keys/external-kms.ts';
import { type OpenRoot, openKeys } from './keys/open-keys.ts';
import { backupInAudit, rotateInAudit } from './keys/root-acts.ts';
import { keepRoot } from './keys/root-opener.ts';
import { rootKeyStatus } from './keys/root-status.ts';
import { resumeRotation } from './keys/rotate-keys.ts';
import { openSiteDatabase, type Platform } from './stores.ts';
import { assertNoWorkers } from './workers/no-workers.ts';

export interface RootKeyAtHostOptions {
  readonly platform: Platform;
  readonly log: (line: string) => void;
  readonly environment: Environment;
  /** Opens the root key that stands, asking whoever is at the terminal. */
  readonly openRoot: (config: Config) => OpenRoot;
}

export function rootKeyAtHost(options: RootKeyAtHostOptions): RootKeyCommands {
  const { platform } = options;
  const { random } = platform;
  return {
    rootKeyStatus: (config) => rootKeyStatus(config),
    async initRootKey(config, how) {
      await prepareDataFolder(config.data);
      const { root } = rootFiles(config.data);
      if ((await lookAtRecord(root)) !== undefined) throw new DataFolderError(`There is a root key already: ${root}.`);
      const key = newRootKey(random);
      const kept = await keep(config, options, how, key);
      return {
        shares: kept.shares,
        async commit() {
          const made = await openRecord(root, () => kept.record, random);
          key.bytes.fill(0);
          if (made.id !== key.id) throw new DataFolderError(`There is a root key already: ${root}.`);
          return [`The root key ${key.id} is made, kept by ${how.provider}.`];
        },
      };
    },
    async rotateRootKey(config, how) {
      await requireSite(config.data);
      const next = newRootKey(random);
      const kept = await keep(config, options, how, next);
      return {
        shares: kept.shares,
        async commit() {
          const answer = await askServer(config.data, rotateRequest(next, kept.record));
          const report = answer?.report ?? (await rotateAlone(config, options, next, kept.record));
          return [`The root key is ${next.id} now, kept by ${how.provider}.`, ...linesOf(report)];
        },
      };
    },
    backupRootKey: (config, how, out) => backup(config, options, how, out),
    async unseal(config, line) {
      const answer = await askServer(config.data, { ask: 'give', line });
      if (answer === undefined) throw new DataFolderError(`No server runs in ${config.data}: start it first.`);
      return answer.text ?? '';
    },
  };
}

async function keep(config: Config, { platform, environment }: RootKeyAtHostOptions, how: KeepRoot, key: RootKey) {
  const { random } = platform;
  const record = await keepRoot({ config, random, environment }, how, key);
  const shares = how.provider === 'shamir' ? sharesOf(key, how.threshold, how.shares, random) : [];
  return { record, shares };
}

/** No server holds the folder: this process does. */
async function rotateAlone(
  config: Config,
  { platform, log, openRoot }: RootKeyAtHostOptions,
  next: RootKey,
  record: RootRecord,
): Promise<RotationReport> {
  const folder = await lockDataFolder(config.data);
  try {
    await assertNoWorkers(config.data);
    const keys = await openKeys(config.data, platform.random, openRoot(config));
    const stores = await openSiteDatabase(config.data, platform, keys);
    const { database, iam } = stores;
    try {
      await resumeRotation({ keys, database, platform });
      return await rotateInAudit({ config, keys, database, iam, platform, log }, next, record);
    } finally {
      await stores.close();
    }
  } finally {
    await folder.release();
  }
}

async function backup(
  config: Config,
  options: RootKeyAtHostOptions,
  how: KeepRoot,
  out: string | undefined,
): Promise<PreparedRoot> {
  const { platform, log, openRoot } = options;
  await requireSite(config.data);
  if (how.provider !== 'shamir' && out === undefined) throw new DataFolderError('Name the file: --out.');
  const keys = await openKeys(config.data, platform.random, openRoot(config));
  const root = keys.roots.current();
  const { record, shares } = await keep(config, options, how, root);
  return {
    shares,
    async commit() {
      const stores = await openSiteDatabase(config.data, platform, keys);
      const { database, iam } = stores;
      try {
        await backupInAudit({ config, keys, database, iam, platform, log }, record, async () => {
          if (out !== undefined) await makePrivateFile(out, writeRecord(record), platform.random.uuid());
        });
      } finally {
        await stores.close();
      }
      return [`The root key ${record.id} is written down${out === undefined ? ' in the shares above' : ` in ${out}`}.`];
    },
  };
}

function linesOf(report: RotationReport): readonly string[] {
  return Object.entries(report).map(([what, count]) => `${count} ${what} are under it, and each was opened again.`);
}
