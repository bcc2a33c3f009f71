// The aws CLI and STS: profiles that assume roles by themselves, one from the other, and temporary keys in variables.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

const readOnly = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly';

export const awsSts: ClientTest = {
  name: 'aws CLI: STS',
  programs: ['aws', 'crane'],
  async run(site) {
    const key = await buildsUserAndRoles(site);
    const profiles = await writesProfiles(site, key);
    await profilesBecomeRoles(site, profiles);
    await keysInVariables(site, profiles);
    await rolesEndTheirSessions(site, profiles);
  },
};

interface Key {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

type Environment = Readonly<Record<string, string>>;

function policy(...Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

const may = (Action: string | readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

/** A user that may do nothing but become `pusher`, which may become `viewer`. */
async function buildsUserAndRoles(site: ClientSite): Promise<Key> {
  const account = await accountOf(site);
  await site.createRepository('sts/app');
  await site.aws('iam', 'create-user', '--user-name', 'pipeline');
  const own = ['iam', 'put-user-policy', '--user-name', 'pipeline', '--policy-name', 'own', '--policy-document'];
  await site.aws(...own, policy(may(['sts:AssumeRole', 'sts:GetFederationToken'])));
  const role = async (name: string, trusted: string, condition: object, document: string) => {
    const trust = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: trusted }, ...condition });
    await site.aws('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', trust);
    const put = ['iam', 'put-role-policy', '--role-name', name, '--policy-name', 'own', '--policy-document'];
    await site.aws(...put, document);
  };
  const Condition = { StringEquals: { 'sts:ExternalId': 'tenant-7' } };
  const user = `arn:aws:iam::${account}:user/pipeline`;
  await role('pusher', user, { Condition }, policy(may(['ecr:*', 'sts:AssumeRole'])));
  await role('viewer', `arn:aws:iam::${account}:role/pusher`, {}, policy(may('ecr:*')));
  const made = await site.aws('iam', 'create-access-key', '--user-name', 'pipeline');
  return made['AccessKey'] as Key;
}

async function accountOf(site: ClientSite): Promise<string> {
  return String((await site.aws('sts', 'get-caller-identity'))['Account']);
}

async function writesProfiles(site: ClientSite, key: Key): Promise<Environment> {
  const folder = await site.folder('aws');
  const [config, credentials] = [join(folder, 'config'), join(folder, 'credentials')];
  const role = async (name: string) => `role_arn = arn:aws:iam::${await accountOf(site)}:role/${name}`;
  const lines = [
    '[profile pusher]',
    await role('pusher'),
    'source_profile = pipeline',
    'external_id = tenant-7',
    'role_session_name = build-1',
    'duration_seconds = 900',
    '[profile viewer]',
    await role('viewer'),
    'source_profile = pusher',
    '[profile stranger]',
    await role('pusher'),
    'source_profile = pipeline',
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  const secret = [`aws_access_key_id = ${key.AccessKeyId}`, `aws_secret_access_key = ${key.SecretAccessKey}`];
  await writeFile(credentials, `[pipeline]\n${secret.join('\n')}\n`);
  return {
    AWS_CONFIG_FILE: config,
    AWS_SHARED_CREDENTIALS_FILE: credentials,
    AWS_ENDPOINT_URL: site.server.url,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
}

async function profilesBecomeRoles(site: ClientSite, env: Environment): Promise<void> {
  const whoAmI = async (profile: string) => {
    const { stdout } = await site.run('aws', ['sts', 'get-caller-identity', '--profile', profile], { env });
    return String((JSON.parse(stdout) as { Arn: string }).Arn);
  };
  assert.match(await whoAmI('pusher'), /:assumed-role\/pusher\/build-1$/);
  assert.match(await whoAmI('viewer'), /:assumed-role\/viewer\/\S+$/);
  const without = ['sts', 'get-caller-identity', '--profile', 'stranger'];
  const { stderr } = await site.run('aws', without, { env, codes: [253, 254, 255] });
  assert.match(stderr, /AccessDenied.*not authorized to perform: sts:AssumeRole .*no role trust policy allows/s);
  const own = { ...env, DOCKER_CONFIG: await site.folder('docker-config') };
  const login = ['ecr', 'get-login-password', '--profile', 'pusher'];
  const password = (await site.run('aws', login, { env: own })).stdout.trim();
  const crane = ['auth', 'login', '--username', 'AWS', '--password-stdin', site.host];
  await site.run('crane', crane, { env: own, input: password });
  const { folder } = await site.layout({ tag: 'one' });
  await site.run('crane', ['push', folder, `${site.host}/sts/app:one`], { env: own });
}

/** Answers of STS as the variables that every SDK reads. */
async function keysInVariables(site: ClientSite, profiles: Environment): Promise<void> {
  const ask = async (...args: readonly string[]) => {
    const { stdout } = await site.run('aws', ['sts', ...args, '--profile', 'pipeline'], { env: profiles });
    const key = (JSON.parse(stdout) as { readonly Credentials: Key }).Credentials;
    return {
      ...profiles,
      AWS_ACCESS_KEY_ID: key.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: key.SecretAccessKey,
      AWS_SESSION_TOKEN: key.SessionToken ?? '',
    };
  };
  const list = ['ecr', 'list-images', '--repository-name', 'sts/app'];
  const own = await ask('get-session-token', '--duration-seconds', '900');
  const { stdout } = await site.run('aws', ['sts', 'get-caller-identity'], { env: own });
  assert.match(stdout, /:user\/pipeline"/);
  const closed = await site.run('aws', ['iam', 'list-users'], { env: own, codes: [254, 255] });
  assert.match(closed.stderr, /InvalidClientTokenId/);
  const account = await accountOf(site);
  const role = ['--role-arn', `arn:aws:iam::${account}:role/pusher`, '--role-session-name', 'limited'];
  const limited = await ask('assume-role', ...role, '--external-id', 'tenant-7', '--policy-arns', `arn=${readOnly}`);
  await site.run('aws', list, { env: limited });
  const remove = ['ecr', 'delete-repository', '--repository-name', 'sts/app', '--force'];
  const refused = await site.run('aws', remove, { env: limited, codes: [254, 255] });
  assert.match(refused.stderr, /because no session policy allows the ecr:DeleteRepository action/);
  const federated = await ask('get-federation-token', '--name', 'visitor', '--policy', policy(may('ecr:*')));
  const beyond = await site.run('aws', list, { env: federated, codes: [254, 255] });
  assert.match(beyond.stderr, /federated-user\/visitor is not authorized .* no identity-based policy allows/);
}

async function rolesEndTheirSessions(site: ClientSite, env: Environment): Promise<void> {
  const { stdout } = await site.run('aws', ['ecr', 'get-login-password', '--profile', 'viewer'], { env });
  const headers = { authorization: `Basic ${Buffer.from(`AWS:${stdout.trim()}`).toString('base64')}` };
  const status = async () => (await fetch(`${site.server.url}/v2/sts/app/tags/list`, { headers })).status;
  assert.equal(await status(), 200);
  for (const name of ['viewer', 'pusher']) {
    await site.aws('iam', 'delete-role-policy', '--role-name', name, '--policy-name', 'own');
    await site.aws('iam', 'delete-role', '--role-name', name);
  }
  assert.equal(await status(), 401);
}
