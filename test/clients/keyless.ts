// Keyless CI by real clients: a token of an OIDC provider becomes a session that may pull one repository; docker pulls
// with it and pushes nothing, and once the session is revoked it pulls no more.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type IdentityProvider, openIdentityProvider } from '../support/identity-provider.ts';
import { runCommand } from '../support/run-command.ts';
import { checkoutFolder, type ServerProcess, startServer } from '../support/server-process.ts';
import { github, kubernetes } from '../support/workloads.ts';
import { document, environmentOf } from './access-callers.ts';
import type { Environment } from './access-questions.ts';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';
import { startEngine } from './docker-engine.ts';

export const keyless: ClientTest = {
  name: 'keyless CI',
  programs: ['aws', 'docker', 'dockerd', 'skopeo'],
  async run(site) {
    const idp = await openIdentityProvider();
    const file = join(await site.folder('keyless'), 'sallyport.yaml');
    await writeFile(file, `webIdentity: {allowLoopback: true, authorities: ${idp.authorityFile}}\n`);
    const server = await startServer({ args: ['--config', file] });
    try {
      const keyless = { site, idp, server };
      const role = await buildsRole(keyless);
      await dockerPullsUntilRevoked(keyless, role);
      await podPullsUntilRevoked(keyless, role);
    } finally {
      await server.dispose();
      await idp.close();
    }
  },
};

interface Keyless {
  readonly site: ClientSite;
  readonly idp: IdentityProvider;
  readonly server: ServerProcess;
}

/** The administrator's aws CLI. */
async function aws({ site, server }: Keyless, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await site.run('aws', [...args, '--output', 'json'], { env: server.awsEnvironment });
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

async function passwordOf({ site }: Keyless, env: Environment): Promise<string> {
  return (await site.run('aws', ['ecr', 'get-login-password'], { env })).stdout.trim();
}

/** Two repositories with an image each, and a role that pulls one of them for workloads of the provider. */
async function buildsRole(keyless: Keyless): Promise<string> {
  const { site, idp, server } = keyless;
  const { folder } = await site.layout({ tag: 'one', platforms: ['amd64'] });
  const creds = ['--dest-creds', `AWS:${await passwordOf(keyless, server.awsEnvironment)}`];
  const copy = ['copy', '--dest-tls-verify=false', ...creds, `oci:${folder}:one`];
  for (const name of ['team/app', 'team/other']) {
    await aws(keyless, 'ecr', 'create-repository', '--repository-name', name);
    await site.run('skopeo', [...copy, `docker://${server.host}/${name}:one`]);
  }
  const url = ['--url', idp.issuer, '--client-id-list', 'sts.amazonaws.com'];
  const { OpenIDConnectProviderArn: Federated } = await aws(keyless, 'iam', 'create-open-id-connect-provider', ...url);
  const subjects = ['repo:octo-org/octo-repo:ref:refs/heads/main', 'system:serviceaccount:builds:pusher'];
  const Condition = { StringEquals: { [`${idp.name}:aud`]: 'sts.amazonaws.com', [`${idp.name}:sub`]: subjects } };
  const Action = 'sts:AssumeRoleWithWebIdentity';
  const trust = document({ Effect: 'Allow', Principal: { Federated }, Action, Condition });
  const named = ['--role-name', 'puller'];
  const { Role } = await aws(keyless, 'iam', 'create-role', ...named, '--assume-role-policy-document', trust);
  const pull = document(
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Resource: 'arn:aws:ecr:*:*:repository/team/app',
    },
  );
  await aws(keyless, 'iam', 'put-role-policy', ...named, '--policy-name', 'pull', '--policy-document', pull);
  return (Role as { readonly Arn: string }).Arn;
}

/** What a new job's machine has of AWS: where to ask, and no key. */
async function jobEnvironment({ site, server }: Keyless): Promise<Environment> {
  const home = await site.folder('job');
  const nothing = join(home, 'none');
  return {
    // The CLI keeps sessions that it asked for in its home.
    HOME: home,
    AWS_CONFIG_FILE: nothing,
    AWS_SHARED_CREDENTIALS_FILE: nothing,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
}

async function revoke({ server }: Keyless, ...selector: readonly string[]): Promise<void> {
  const cli = ['src/main.ts', 'session', 'revoke', ...selector];
  await runCommand(process.execPath, cli, { cwd: checkoutFolder, env: server.awsEnvironment });
}

const noPush = /not authorized to perform: ecr:InitiateLayerUpload on resource: \S+:repository\/team\/app/;
const noOther = /not authorized to perform: ecr:BatchGetImage on resource: \S+:repository\/team\/other/;

/** As a GitHub job does it: the token becomes a session by a call that nobody signs. */
async function dockerPullsUntilRevoked(keyless: Keyless, role: string): Promise<void> {
  const { site, idp, server } = keyless;
  const { host } = server;
  const job = await jobEnvironment(keyless);
  const asking = ['--role-arn', role, '--role-session-name', 'run-1', '--web-identity-token', await idp.token(github)];
  const { stdout } = await site.run('aws', ['sts', 'assume-role-with-web-identity', ...asking], { env: job });
  const { Credentials } = JSON.parse(stdout) as { readonly Credentials: { readonly AccessKeyId: string } };
  const session = { ...job, ...environmentOf(Credentials) };
  const engine = await startEngine(site);
  try {
    const env = { ...engine.environment, DOCKER_CONFIG: await site.folder('docker-config') };
    const docker = (args: readonly string[], codes: readonly number[] = [0]) =>
      site.run('docker', args, { env, codes });
    const login = ['login', '--username', 'AWS', '--password-stdin', host];
    await site.run('docker', login, { env, input: await passwordOf(keyless, session) });
    const image = `${host}/team/app:one`;
    await docker(['pull', image]);
    await docker(['tag', image, `${host}/team/app:two`]);
    assert.match((await docker(['push', `${host}/team/app:two`], [1])).stderr, noPush);
    assert.match((await docker(['pull', `${host}/team/other:one`], [1])).stderr, noOther);
    await docker(['pull', image]);
    await revoke(keyless, '--session', Credentials.AccessKeyId);
    const ended = await docker(['pull', image], [1]);
    assert.match(ended.stderr, /unauthorized|no basic auth credentials/i);
  } finally {
    await engine.stop();
  }
}

/** As a pod does it: a file with the token and two variables; the CLI asks for the session by itself. */
async function podPullsUntilRevoked(keyless: Keyless, role: string): Promise<void> {
  const { site, idp, server } = keyless;
  const file = join(await site.folder('pod'), 'token');
  await writeFile(file, await idp.token(kubernetes));
  const variables = { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role, AWS_ROLE_SESSION_NAME: 'pod-1' };
  const pod = { ...(await jobEnvironment(keyless)), ...variables };
  const who = await site.run('aws', ['sts', 'get-caller-identity'], { env: pod });
  assert.match(who.stdout, /:assumed-role\/puller\/pod-1"/);
  const env = { REGISTRY_AUTH_FILE: join(await site.folder('pod-auth'), 'auth.json') };
  const login = ['login', '--tls-verify=false', '--username', 'AWS', '--password-stdin', server.host];
  await site.run('skopeo', login, { env, input: await passwordOf(keyless, pod) });
  const image = `docker://${server.host}/team/app:one`;
  const folder = await site.folder('pulled');
  const pull = ['copy', '--src-tls-verify=false', image, `oci:${folder}:one`];
  await site.run('skopeo', pull, { env });
  const push = ['copy', '--dest-tls-verify=false', `oci:${(await site.layout({ tag: 'new' })).folder}:new`];
  const pushed = await site.run('skopeo', [...push, `docker://${server.host}/team/app:new`], { env, codes: [1] });
  // It asks for the layer first, by HEAD: an answer without a text.
  assert.match(pushed.stderr, /403 \(Forbidden\)/);
  await revoke(keyless, '--principal', role);
  const ended = await site.run('skopeo', pull, { env, codes: [1] });
  assert.match(ended.stderr, /unauthorized/i);
  // The role itself is as good as before: the next pod pulls again.
  const next = { ...pod, ...(await jobEnvironment(keyless)) };
  await site.run('skopeo', login, { env, input: await passwordOf(keyless, next) });
  await site.run('skopeo', pull, { env });
}
