// The aws CLI: repositories, users and policies; who may pull but not push; a pull from another account.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { administratorOf } from '../support/administrator.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder } from '../support/server-process.ts';
import type { ClientSite } from './client-site.ts';
import { auditRecords, type ClientTest } from './client-test.ts';

export const awsCli: ClientTest = {
  name: 'aws CLI',
  programs: ['aws', 'crane', 'curl'],
  async run(site) {
    await describesWhatItCreated(site);
    await curlSignsToo(site);
    await boto3PresignsToo(site);
    await readersPullButDoNotPush(site);
    await anotherAccountPullsByPolicy(site);
  },
};

async function describesWhatItCreated(site: ClientSite): Promise<void> {
  await site.aws('ecr', 'create-repository', '--repository-name', 'cli/app', '--tags', 'Key=team,Value=red');
  const described = await site.aws('ecr', 'describe-repositories', '--repository-names', 'cli/app');
  const [repository] = described.repositories as ReadonlyArray<{ repositoryUri: string; repositoryArn: string }>;
  assert.equal(repository?.repositoryUri, `${site.server.host}/cli/app`);
  const tags = await site.aws('ecr', 'list-tags-for-resource', '--resource-arn', repository?.repositoryArn ?? '');
  assert.deepEqual(tags.tags, [{ Key: 'team', Value: 'red' }]);
  const again = ['ecr', 'create-repository', '--repository-name', 'cli/app'];
  const { stderr } = await site.run('aws', again, { codes: [254, 255] });
  assert.match(stderr, /RepositoryAlreadyExistsException/);
  const identity = await site.aws('sts', 'get-caller-identity');
  assert.match(String(identity.Arn), /^arn:aws:iam::\d{12}:user\//);
}

/** curl's own implementation of the signature. */
async function curlSignsToo(site: ClientSite): Promise<void> {
  const { credentials } = await administratorOf(site.server.dataFolder, site.server.url);
  const user = `${credentials.accessKeyId}:${credentials.secretAccessKey}`;
  const form = 'Action=GetCallerIdentity&Version=2011-06-15';
  const signing = ['--aws-sigv4', 'aws:amz:us-east-1:sts', '--user', user];
  const { stdout } = await site.run('curl', ['--silent', ...signing, '--data', form, `${site.server.url}/`]);
  assert.match(stdout, /<Arn>arn:aws:iam::\d{12}:user\/administrator<\/Arn>/);
}

/** A URL that boto3 has signed, fetched by somebody who knows no secret; changed by one digit it is worth nothing. */
async function boto3PresignsToo(site: ClientSite): Promise<void> {
  const call = "generate_presigned_url('get_caller_identity', HttpMethod='GET')";
  const program = `import boto3; print(boto3.client('sts').${call})`;
  const python = site.tools.find('python3') ?? 'python3';
  const url = (await runCommand(python, ['-c', program], { env: site.server.awsEnvironment })).stdout.trim();
  assert.match(url, /[?&]X-Amz-Signature=/);
  const answer = await fetch(url);
  assert.equal(answer.status, 200, await answer.clone().text());
  assert.match(await answer.text(), /:user\/administrator</);
  const changed = url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=3601');
  assert.notEqual(changed, url);
  assert.equal((await fetch(changed)).status, 403);
}

/** A user with one managed policy, as an environment for the CLI. */
async function userWith(site: ClientSite, name: string, policy: string): Promise<Readonly<Record<string, string>>> {
  await site.aws('iam', 'create-user', '--user-name', name);
  const arn = `arn:aws:iam::aws:policy/${policy}`;
  await site.aws('iam', 'attach-user-policy', '--user-name', name, '--policy-arn', arn);
  const { AccessKey } = await site.aws('iam', 'create-access-key', '--user-name', name);
  const key = AccessKey as { readonly AccessKeyId: string; readonly SecretAccessKey: string };
  return { AWS_ACCESS_KEY_ID: key.AccessKeyId, AWS_SECRET_ACCESS_KEY: key.SecretAccessKey };
}

/** A crane that is logged in as whoever the environment says, in a configuration folder of its own. */
async function craneAs(site: ClientSite, env: Readonly<Record<string, string>>) {
  const own = { ...env, DOCKER_CONFIG: await site.folder('docker-config') };
  const password = (await site.run('aws', ['ecr', 'get-login-password'], { env: own })).stdout.trim();
  const login = ['auth', 'login', '--username', 'AWS', '--password-stdin', site.host];
  await site.run('crane', login, { env: own, input: password });
  return (codes: readonly number[], ...args: readonly string[]) => site.run('crane', args, { env: own, codes });
}

async function readersPullButDoNotPush(site: ClientSite): Promise<void> {
  const { host } = site;
  const admin = await craneAs(site, {});
  const { folder } = await site.layout({ tag: 'one' });
  await admin([0], 'push', folder, `${host}/cli/app:one`);
  const reader = await craneAs(site, await userWith(site, 'reader', 'AmazonEC2ContainerRegistryReadOnly'));
  await reader([0], 'pull', `${host}/cli/app:one`, join(await site.folder('pulled'), 'app.tar'));
  const other = await site.layout({ tag: 'two' });
  const refused = await reader([1], 'push', other.folder, `${host}/cli/app:two`);
  assert.match(
    refused.stderr,
    /DENIED.*user\/reader is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:/s,
  );
  const records = await auditRecords(site);
  const denied = records.find(({ errorMessage }) => errorMessage?.includes('user/reader is not authorized'));
  assert.equal(denied?.eventName, 'InitiateLayerUpload');
}

async function anotherAccountPullsByPolicy(site: ClientSite): Promise<void> {
  const { host } = site;
  const { dataFolder } = site.server;
  const cli = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', dataFolder];
  const made = await runCommand(process.execPath, cli, { cwd: checkoutFolder });
  const { accountId, profile } = JSON.parse(made.stdout) as { accountId: string; profile: string };
  const guest = await craneAs(site, { AWS_PROFILE: profile });
  const pull = ['pull', `${host}/cli/app:one`, join(await site.folder('guest'), 'app.tar')] as const;
  const refused = await guest([1], ...pull);
  assert.match(refused.stderr, /DENIED.*no resource-based policy allows/s);
  const policy = join(await site.folder('policy'), 'policy.json');
  const actions = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
  const principal = { AWS: `arn:aws:iam::${accountId}:root` };
  const statement = [{ Sid: 'GuestsPull', Effect: 'Allow', Principal: principal, Action: actions }];
  await writeFile(policy, JSON.stringify({ Version: '2012-10-17', Statement: statement }));
  const set = ['ecr', 'set-repository-policy', '--repository-name', 'cli/app', '--policy-text', `file://${policy}`];
  await site.aws(...set);
  await guest([0], ...pull);
}
