// The aws CLI and accounts: it reads the organisation, goes into another account by the role that it was made with, and
// is refused there once the account is closed.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from '../support/server-process.ts';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

const rootId = 'r-ab12';

/** A site of its own: only one with an organisation has something to read. */
export const awsOrganizations: ClientTest = {
  name: 'aws CLI: accounts and organisation',
  programs: ['aws'],
  async run(site) {
    const file = join(await site.folder('organization'), 'sallyport.yaml');
    const units = `{${rootId}: {}, ou-ab12-ci: {parent: ${rootId}}}`;
    await writeFile(file, `organization: {id: o-example1, units: ${units}}\n`);
    const server = await startServer({ args: ['--config', file] });
    try {
      const account = JSON.parse(await sallyport(server, 'create', '--name', 'ci', '--json')) as Account;
      const aws = async (args: readonly string[], env = {}) => {
        const all = { env: { ...server.awsEnvironment, ...env } };
        const { stdout } = await site.run('aws', [...args, '--output', 'json'], all);
        return JSON.parse(stdout) as Record<string, unknown>;
      };
      await reads(aws, account);
      await entersAndIsShutOut(site, server, aws, account);
    } finally {
      await server.dispose();
    }
  },
};

interface Account {
  readonly accountId: string;
  readonly profile: string;
}

type Aws = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Record<string, unknown>>;

async function sallyport({ dataFolder }: ServerProcess, ...args: readonly string[]): Promise<string> {
  const all = [join(checkoutFolder, 'src/main.ts'), 'account', ...args, '--data', dataFolder];
  return (await runCommand(process.execPath, all)).stdout;
}

async function reads(aws: Aws, { accountId }: Account): Promise<void> {
  const { Organization } = await aws(['organizations', 'describe-organization']);
  const { Id, MasterAccountId = '' } = Organization as Record<string, string>;
  assert.equal(Id, 'o-example1');
  const { Accounts } = await aws(['organizations', 'list-accounts', '--page-size', '1']);
  const ids = (Accounts as ReadonlyArray<{ readonly Id: string }>).map((one) => one.Id);
  assert.deepEqual(ids.toSorted(), [MasterAccountId, accountId].toSorted(), 'the CLI goes on from page to page');
  const { Account: described } = await aws(['organizations', 'describe-account', '--account-id', accountId]);
  const { Name, Status } = described as Record<string, string>;
  assert.deepEqual([Name, Status], ['ci', 'ACTIVE']);
  const below = ['organizations', 'list-organizational-units-for-parent', '--parent-id', rootId];
  const { OrganizationalUnits } = await aws(below);
  assert.equal((OrganizationalUnits as readonly unknown[]).length, 1);
}

async function entersAndIsShutOut(site: ClientSite, server: ServerProcess, aws: Aws, account: Account): Promise<void> {
  const { accountId, profile } = account;
  const role = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
  const assume = ['sts', 'assume-role', '--role-arn', role, '--role-session-name', 'help'];
  const { Credentials } = await aws(assume);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials as Record<string, string>;
  const inside = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  };
  const who = ['sts', 'get-caller-identity'];
  assert.equal((await aws(who, inside))['Account'], accountId);
  assert.equal((await aws(who, { AWS_PROFILE: profile }))['Account'], accountId);
  await sallyport(server, 'close', accountId);
  const codes = [1, 254, 255];
  for (const env of [inside, { AWS_PROFILE: profile }]) {
    const { stderr } = await site.run('aws', who, { env: { ...server.awsEnvironment, ...env }, codes });
    assert.match(stderr, /InvalidClientTokenId/);
  }
  const again = await site.run('aws', assume, { env: server.awsEnvironment, codes });
  assert.match(again.stderr, /AccessDenied/);
}
