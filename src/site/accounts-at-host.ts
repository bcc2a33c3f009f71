// What somebody at the host does to accounts, beside a running server: each change is told in the host's audit chain.

import { readFile } from 'node:fs/promises';
import { type ProfileSecret, profileFiles, writeProfile } from '#cli/aws-profile.ts';
import type { AccountLine, ChangedAccountLine, CliCommands } from '#cli/commands.ts';
import { DataFolderError, requireSite } from '#cli/data-folder.ts';
import type { Config } from '#config/config.ts';
import { type AccountId, parseAccountId } from '#core/account.ts';
import type { Account, ChangedAccount } from '#services/iam/accounts/accounts.ts';
import { actAtHost, hostAuditPlace } from './host-audit.ts';
import { type OpenRoot, openKeys } from './keys/open-keys.ts';
import type { Act } from './recorded-act.ts';
import { openSiteDatabase, type Platform, type SiteDatabase } from './stores.ts';

type AccountCommands = Pick<
  CliCommands,
  'createAccount' | 'recoverAdministrator' | 'closeAccount' | 'reopenAccount' | 'listAccounts'
>;

export function accountsAtHost(
  platform: Platform,
  log: (line: string) => void,
  openRoot: (config: Config) => OpenRoot,
): AccountCommands {
  const within = <Result>(config: Config, work: (stores: SiteDatabase) => Promise<Result>) =>
    withDatabase(config, platform, openRoot(config), work);
  const act = <Result>(config: Config, { siteKey }: SiteDatabase, one: Act<Result>) =>
    actAtHost({ config, siteKey, platform, log }, one);

  const change = (config: Config, wanted: string, eventName: 'CloseAccount' | 'ReopenAccount') =>
    within(config, async (stores) => {
      const { accounts } = stores.iam;
      const { accountId } = await requireAccount(config, stores, wanted);
      const { account, isChanged } = await act<ChangedAccount>(config, stores, {
        eventName,
        accountId,
        requestParameters: { accountId },
        shown: (done) => ({ isChanged: done.isChanged }),
        run: () => (eventName === 'CloseAccount' ? accounts.close(accountId) : accounts.reopen(accountId)),
      });
      const line: ChangedAccountLine = { ...lineOf(account), isChanged };
      return line;
    });

  return {
    createAccount: (config, name) =>
      within(config, async (stores) => {
        const { iam } = stores;
        // The oldest account is home: that one is made by the first start only.
        const [home] = await iam.accounts.list();
        if (home === undefined) {
          throw new DataFolderError(`The site in ${config.data} has no home account yet: start it once.`);
        }
        return act(config, stores, {
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
      within(config, async (stores) => {
        const { accountId, state } = await requireAccount(config, stores, wanted);
        if (state !== 'open') throw new DataFolderError(`Account ${accountId} is ${state}: nobody of it gets in.`);
        const userName = `recovery-${new Date(platform.clock.nowMs()).toISOString().replace(/[-:.]/g, '')}`;
        const made = await act(config, stores, {
          eventName: 'RecoverAdministrator',
          accountId,
          requestParameters: { accountId, userName },
          shown: ({ accessKeyId }) => ({ userName, accessKeyId }),
          run: () => administratorWithProfile(config, stores.iam, accountId, userName, userName),
        });
        return { accountId, ...made, auditFolder: hostAuditPlace(config) };
      }),
    closeAccount: (config, wanted) => change(config, wanted, 'CloseAccount'),
    reopenAccount: (config, wanted) => change(config, wanted, 'ReopenAccount'),
    listAccounts: (config) => within(config, async ({ iam }) => (await iam.accounts.list()).map(lineOf)),
  };
}

/** The home account when none is named. */
async function requireAccount(config: Config, { iam }: SiteDatabase, wanted: string | undefined): Promise<Account> {
  const id = wanted === undefined ? undefined : parseAccountId(wanted);
  const found = wanted === undefined ? (await iam.accounts.list())[0] : id && (await iam.accounts.find(id));
  if (found === undefined) throw new DataFolderError(`There is no account ${wanted ?? ''} in ${config.data}.`);
  return found;
}

function lineOf({ accountId, name, createdAtMs, state, closedAtMs, keptUntilMs }: Account): AccountLine {
  const line = { accountId, name, createdAt: isoTime(createdAtMs), state };
  if (closedAtMs === undefined || keptUntilMs === undefined) return line;
  return { ...line, closedAt: isoTime(closedAtMs), keptUntil: isoTime(keptUntilMs) };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

async function withDatabase<Result>(
  config: Config,
  platform: Platform,
  openRoot: OpenRoot,
  work: (stores: SiteDatabase) => Promise<Result>,
): Promise<Result> {
  await requireSite(config.data);
  const keys = await openKeys(config.data, platform.random, openRoot);
  const stores = await openSiteDatabase(config.data, platform, keys);
  try {
    return await work(stores);
  } finally {
    await stores.close();
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
