// The composition root: hands the command line to cli/ and answers what its commands ask for.

import cluster from 'node:cluster';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type ProfileSecret, profileFiles, writeProfile } from '#cli/aws-profile.ts';
import { runCli } from '#cli/cli.ts';
import type { CliCommands } from '#cli/commands.ts';
import { DataFolderError, requireSite } from '#cli/data-folder.ts';
import { firstCommands } from '#cli/first-commands.ts';
import type { Config } from '#config/config.ts';
import type { AccountId } from '#core/account.ts';
import { openRootKey } from '#services/kms/root/root-key.ts';
import { auditVerdict } from '#site/audit-verdict.ts';
import { examine } from '#site/doctor.ts';
import { tuneMemory } from '#site/garbage-collection.ts';
import { actAtHost, hostAuditPlace } from '#site/host-audit.ts';
import { openSite, systemPlatform } from '#site/open-site.ts';
import { openSiteDatabase, rootKeyFile, type SiteDatabase } from '#site/stores.ts';
import { verifySite } from '#site/verification/verify-site.ts';
import { openWorkers } from '#site/workers/open-workers.ts';
import { runWorker } from '#site/workers/run-worker.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const commands: CliCommands = {
  async serve(config, log) {
    tuneMemory();
    const site = await (config.workers > 1
      ? openWorkers(config, { log, platform: systemPlatform })
      : openSite(config, { log }));
    const { host } = new URL(config.publicUrl ?? site.url);
    const pathVariable = process.env.PATH ?? '';
    const shown = firstCommands({ dataFolder: config.data, checkout, host, pathVariable, authority: site.authority });
    const lines = [`Sallyport is ready at ${site.url}`, '', ...shown.map((command) => `  ${command}`), ''];
    if (site.managementUrl !== undefined) lines.push(`Management: ${site.managementUrl}/readyz and /metrics`);
    if (site.authority !== undefined) lines.push(`Clients must trust the local CA: ${site.authority}`);
    return { lines, close: () => site.close() };
  },
  createAccount: (config, name) =>
    withDatabase(config, async ({ iam, rootKey }) => {
      // The oldest account is home: that one is made by the first start only.
      const [home] = await iam.accounts.list();
      if (home === undefined) {
        throw new DataFolderError(`The site in ${config.data} has no home account yet: start it once.`);
      }
      const options = { config, rootKey, platform: systemPlatform, log: terminal.err };
      return actAtHost(options, {
        eventName: 'CreateAccount',
        accountId: home.accountId,
        requestParameters: { accountName: name },
        shown: ({ accountId, userName, accessKeyId }) => ({ accountId, userName, accessKeyId }),
        async run() {
          const { accountId } = await iam.accounts.create({ name });
          return { accountId, ...(await administratorWithProfile(config, iam, accountId, accountId)) };
        },
      });
    }),
  recoverAdministrator: (config, wanted) =>
    withDatabase(config, async ({ iam, rootKey }) => {
      const accounts = await iam.accounts.list();
      const found = wanted === undefined ? accounts[0] : accounts.find(({ accountId }) => accountId === wanted);
      if (found === undefined) throw new DataFolderError(`There is no account ${wanted ?? ''} in ${config.data}.`);
      const { accountId } = found;
      const userName = `recovery-${new Date(systemPlatform.clock.nowMs()).toISOString().replace(/[-:.]/g, '')}`;
      const options = { config, rootKey, platform: systemPlatform, log: terminal.err };
      const made = await actAtHost(options, {
        eventName: 'RecoverAdministrator',
        accountId,
        requestParameters: { accountId, userName },
        shown: ({ accessKeyId }) => ({ userName, accessKeyId }),
        run: () => administratorWithProfile(config, iam, accountId, userName, userName),
      });
      return { accountId, ...made, auditFolder: hostAuditPlace(config) };
    }),
  listAccounts: (config) =>
    withDatabase(config, async ({ iam }) => {
      const accounts = await iam.accounts.list();
      return accounts.map(({ accountId, name, createdAtMs }) => {
        return { accountId, name, createdAt: new Date(createdAtMs).toISOString() };
      });
    }),
  async verifyAudit(config) {
    await requireSite(config.data);
    return auditVerdict(config.data, await openRootKey(rootKeyFile(config.data), systemPlatform.random));
  },
  async verify(config, options) {
    await requireSite(config.data);
    return verifySite(config, systemPlatform, options);
  },
  doctor: (config, options) => examine(config, systemPlatform, options),
};

async function withDatabase<Result>(config: Config, work: (stores: SiteDatabase) => Promise<Result>): Promise<Result> {
  await requireSite(config.data);
  const stores = await openSiteDatabase(config.data, systemPlatform);
  try {
    return await work(stores);
  } finally {
    await stores.database.close();
  }
}

/** An administrator whose key goes to a profile of its own. */
async function administratorWithProfile(
  config: Config,
  { accounts }: SiteDatabase['iam'],
  accountId: AccountId,
  profile: string,
  userName?: string,
) {
  const { region, regions } = config;
  const written = { name: profile, region, regions, ...(await reachedAt(config)) };
  const keep = (made: ProfileSecret) => writeProfile(config.data, written, made);
  const key = await accounts.createAdministrator(accountId, keep, userName);
  return { profile, userName: key.userName, accessKeyId: key.accessKeyId };
}

/** What the running server wrote into its own profile, else the address that it will listen on. */
async function reachedAt({ data, publicUrl, listen, tls }: Config) {
  const text = await readFile(profileFiles(data).config, 'utf8').catch(() => '');
  const scheme = tls === 'off' ? 'http' : 'https';
  const endpointUrl = /^endpoint_url = (\S+)$/m.exec(text)?.[1];
  return {
    endpointUrl: endpointUrl ?? publicUrl ?? `${scheme}://${listen.host}:${listen.port}`,
    authority: /^ca_bundle = (.+)$/m.exec(text)?.[1],
  };
}

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
};

// Whoever reads our output may have had enough of it: `sallyport config | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

if (cluster.isWorker) {
  tuneMemory();
  await runWorker(systemPlatform, terminal.err);
} else {
  process.exitCode = await runCli(process.argv.slice(2), commands, terminal, process.env, process.cwd());
}
