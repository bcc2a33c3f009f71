// Keyless CI over a whole site: a token of an OIDC provider becomes a session of a role that may pull one repository.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
import { CreateOpenIDConnectProviderCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type House, openHouse } from './support/house.ts';
import { type IdentityProvider, openIdentityProvider } from './support/identity-provider.ts';
import { refusedAs } from './support/refused.ts';
import { runCommand } from './support/run-command.ts';
import { runAs } from './support/sallyport-client.ts';
import { type Claims, github, gitlab, kubernetes } from './support/workloads.ts';

const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

describe('AssumeRoleWithWebIdentity', () => {
  let idp: IdentityProvider;
  let house: House;
  let stranger: STSClient;
  let account = '';
  let providerArn = '';

  before(async () => {
    idp = await openIdentityProvider();
    house = await openHouse(`webIdentity: {allowLoopback: true, authorities: ${idp.authorityFile}}`);
    account = house.site.home.accountId;
    const { iam, options } = house.administrator;
    // The call is not signed: its token is all the proof there is.
    stranger = new STSClient({ ...options, credentials: { accessKeyId: '', secretAccessKey: '' } });
    const created = await iam.send(
      new CreateOpenIDConnectProviderCommand({
        Url: idp.issuer,
        ClientIDList: ['sts.amazonaws.com', 'https://gitlab.example.com'],
      }),
    );
    providerArn = created.OpenIDConnectProviderArn ?? '';
    assert.equal(providerArn, `arn:aws:iam::${account}:oidc-provider/${idp.name}`);
  });
  after(async () => {
    stranger.destroy();
    await house.dispose();
    await idp.close();
  });

  async function role(
    name: string,
    Condition: object,
    may: readonly object[] = [],
    Action: string | readonly string[] = 'sts:AssumeRoleWithWebIdentity',
  ): Promise<string> {
    const { iam } = house.administrator;
    const Principal = { Federated: providerArn };
    const trust = policy({ Effect: 'Allow', Principal, Action, Condition });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
    if (may.length > 0) {
      const put = { RoleName: name, PolicyName: 'may', PolicyDocument: policy(...may) };
      await iam.send(new PutRolePolicyCommand(put));
    }
    return Role?.Arn ?? '';
  }

  async function assume(RoleArn: string, claims: Claims) {
    const WebIdentityToken = await idp.token(claims);
    return stranger.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'job-1', WebIdentityToken }));
  }

  test('a GitHub job pulls its one repository, pushes nothing, and pulls no more once revoked', async () => {
    const { ecr, oci } = house.administrator;
    const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/app' }));
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'team/other' }));
    const pusher = await oci();
    const layer = Buffer.from('a layer');
    const image = await pusher.pushImage('team/app', 'v1', [layer]);
    await pusher.pushImage('team/other', 'v1', [layer]);
    const RoleArn = await role(
      'puller',
      {
        StringEquals: { [`${idp.name}:aud`]: 'sts.amazonaws.com', [`${idp.name}:ref`]: 'refs/heads/main' },
        StringLike: { [`${idp.name}:sub`]: 'repo:octo-org/octo-repo:*' },
      },
      [
        { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
        {
          Effect: 'Allow',
          Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Resource: repository?.repositoryArn,
        },
      ],
    );
    const answer = await assume(RoleArn, github);
    assert.equal(answer.SubjectFromWebIdentityToken, github['sub']);
    assert.equal(answer.Audience, 'sts.amazonaws.com');
    assert.equal(answer.Provider, providerArn);
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${account}:assumed-role/puller/job-1`);
    const job = house.session(answer.Credentials);
    const who = await job.sts.send(new GetCallerIdentityCommand({}));
    assert.equal(who.Arn, answer.AssumedRoleUser?.Arn);
    const registry = await job.oci();
    const pulled = await registry.send('GET', '/v2/team/app/manifests/v1');
    assert.deepEqual([pulled.status, pulled.body], [200, image.manifest]);
    const blob = await registry.send('GET', `/v2/team/app/blobs/${digestOf(layer)}`);
    assert.equal(blob.status, 200);
    assert.equal((await registry.send('GET', '/v2/team/other/manifests/v1')).status, 403);
    assert.equal((await registry.send('POST', '/v2/team/app/blobs/uploads/', Buffer.alloc(0))).status, 403);
    assert.equal((await registry.send('PUT', '/v2/team/app/manifests/v2', image.manifest)).status, 403);
    const key = answer.Credentials?.AccessKeyId ?? '';
    const revoked = await runAs(house.administrator, 'session', 'revoke', '--session', key);
    assert.equal(revoked.code, 0, revoked.err);
    assert.equal((await registry.send('GET', '/v2/team/app/manifests/v1')).status, 401);
  });

  test('what the GitHub actions for credentials and for the login ask is answered as they read it', async () => {
    const { ecr, oci } = house.administrator;
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'actions/app' }));
    await (await oci()).pushImage('actions/app', 'v1', [Buffer.from('a layer')]);
    const RoleArn = await role('actions', { StringLike: { [`${idp.name}:sub`]: 'repo:octo-org/*' } }, [
      { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'], Resource: '*' },
    ]);
    const WebIdentityToken = await idp.token(github);
    const input = { RoleArn, RoleSessionName: 'GitHubActions', DurationSeconds: 3600, WebIdentityToken };
    const { Credentials } = await stranger.send(new AssumeRoleWithWebIdentityCommand(input));
    const job = house.session(Credentials);
    const { Account, Arn } = await job.sts.send(new GetCallerIdentityCommand({}));
    assert.deepEqual([Account, Arn], [account, `arn:aws:sts::${account}:assumed-role/actions/GitHubActions`]);
    const { authorizationData = [] } = await job.ecr.send(new GetAuthorizationTokenCommand({ registryIds: [account] }));
    const [{ authorizationToken = '', proxyEndpoint = '', expiresAt } = {}, ...others] = authorizationData;
    assert.equal(others.length, 0);
    const [user, password = '', ...more] = Buffer.from(authorizationToken, 'base64').toString('utf8').split(':');
    assert.deepEqual([user, more], ['AWS', []]);
    // STS tells whole seconds: the token ends with its session, within the second that is told.
    const outlivesMs = Number(expiresAt) - Number(Credentials?.Expiration);
    assert.ok(outlivesMs >= 0 && outlivesMs < 1000, `${outlivesMs} ms`);
    const headers = { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
    assert.equal((await fetch(`${proxyEndpoint}/v2/`, { headers })).status, 200);
    assert.equal((await fetch(`${proxyEndpoint}/v2/actions/app/manifests/v1`, { headers })).status, 200);
    const post = { method: 'POST', headers };
    assert.equal((await fetch(`${proxyEndpoint}/v2/actions/app/blobs/uploads/`, post)).status, 403);
  });

  test('an SDK with nothing but the variables of a pod becomes the role by itself', async () => {
    const trust = { StringEquals: { [`${idp.name}:sub`]: kubernetes['sub'] } };
    const file = join(house.dataFolder, '..', 'web-identity-token');
    await writeFile(file, await idp.token(kubernetes));
    const program = `
      import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
      import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
      const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
      const { authorizationData } = await new ECRClient({}).send(new GetAuthorizationTokenCommand({}));
      console.log(JSON.stringify([Arn, authorizationData.length]));`;
    const nowhere = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };
    const env = {
      ...nowhere,
      AWS_ENDPOINT_URL: house.url,
      AWS_REGION: 'us-east-1',
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: await role('pod', trust, [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }]),
      AWS_ROLE_SESSION_NAME: 'pod-1',
    };
    const { stdout } = await runCommand(process.execPath, ['--input-type=module', '--eval', program], { env });
    assert.deepEqual(JSON.parse(stdout), [`arn:aws:sts::${account}:assumed-role/pod/pod-1`, 1]);
  });

  test('the trust policy compares claims: another repository, branch or audience is refused', async () => {
    const RoleArn = await role('main-only', {
      StringEquals: { [`${idp.name}:aud`]: 'sts.amazonaws.com', [`${idp.name}:repository_id`]: '74' },
      StringLike: { [`${idp.name}:sub`]: 'repo:octo-org/octo-repo:ref:refs/heads/main' },
    });
    await assume(RoleArn, github);
    const denied = /^Not authorized to perform sts:AssumeRoleWithWebIdentity$/;
    for (const claims of [
      { sub: 'repo:octo-org/octo-repo:pull_request' },
      { sub: 'repo:evil/octo-repo:ref:refs/heads/main' },
      { repository_id: '75' },
      { aud: 'https://gitlab.example.com' },
    ]) {
      await refusedAs('AccessDenied', assume(RoleArn, { ...github, ...claims }), denied);
    }
    await refusedAs('AccessDenied', assume(`${RoleArn}-not`, github), denied);
    await refusedAs('InvalidIdentityToken', assume(RoleArn, { ...github, aud: 'other' }), /^Incorrect token audience$/);
    const elsewhere = RoleArn.replace(account, '999999999999');
    const unknown = new RegExp(`^No OpenIDConnect provider found in your account for ${idp.issuer}$`);
    await refusedAs('InvalidIdentityToken', assume(elsewhere, github), unknown);
  });

  test('tags and the source identity in a token need their own permissions, and stay with the session', async () => {
    const tagged = {
      ...github,
      'https://aws.amazon.com/tags': { principal_tags: { team: ['red'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'octocat',
    };
    const Condition = { StringLike: { [`${idp.name}:sub`]: 'repo:octo-org/*' } };
    const plain = await role('plain', Condition);
    await refusedAs('AccessDenied', assume(plain, tagged), /^Not authorized to perform sts:TagSession$/);
    const repository = `arn:aws:ecr:*:${account}:repository/\${aws:PrincipalTag/team}/*`;
    const actions = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'];
    const may = [{ Effect: 'Allow', Action: 'ecr:DescribeRepositories', Resource: repository }];
    const answer = await assume(await role('tagged', Condition, may, actions), tagged);
    assert.equal(answer.SourceIdentity, 'octocat');
    const { ecr } = house.administrator;
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'red/app' }));
    const job = house.session(answer.Credentials);
    await job.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['red/app'] }));
    const other = job.ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ['team/app'] }));
    await refusedAs('AccessDeniedException', other, /is not authorized to perform: ecr:DescribeRepositories/);
    const broken = { ...github, 'https://aws.amazon.com/tags': { principal_tags: { team: ['red', 'blue'] } } };
    await refusedAs('InvalidIdentityToken', assume(plain, broken), /session tags in the token are not valid/);
  });

  test('records say whose token it was, and never the token', async () => {
    const RoleArn = await role('recorded', { StringLike: { [`${idp.name}:sub`]: 'repo:octo-org/*' } });
    const WebIdentityToken = await idp.token(github);
    const input = { RoleArn, RoleSessionName: 'recorded-job', WebIdentityToken };
    const { Credentials } = await stranger.send(new AssumeRoleWithWebIdentityCommand(input));
    await house.session(Credentials).sts.send(new GetCallerIdentityCommand({}));
    const records = await house.auditRecords();
    const made = records.find(({ requestParameters }) => requestParameters?.['roleSessionName'] === 'recorded-job');
    assert.deepEqual(made?.userIdentity, {
      type: 'WebIdentityUser',
      principalId: `${providerArn}:sts.amazonaws.com:${String(github['sub'])}`,
      userName: github['sub'],
      identityProvider: providerArn,
    });
    assert.deepEqual(made?.requestParameters, { roleArn: RoleArn, roleSessionName: 'recorded-job' });
    assert.equal(made?.responseElements?.['subjectFromWebIdentityToken'], github['sub']);
    const used = records.find(({ userIdentity }) => userIdentity['accessKeyId'] === Credentials?.AccessKeyId);
    const { webIdFederationData } = (used?.userIdentity['sessionContext'] ?? {}) as Record<string, object>;
    assert.deepEqual(webIdFederationData, { federatedProvider: providerArn, attributes: {} });
    assert.ok(!JSON.stringify(records).includes(WebIdentityToken.slice(-40)));
  });

  test('GitLab and Kubernetes tokens do as well: lists by ForAnyValue, an audience in a list of one', async () => {
    const group = await role('group', {
      StringLike: { [`${idp.name}:sub`]: 'project_path:my-group/*' },
      'ForAnyValue:StringEquals': { [`${idp.name}:groups_direct`]: 'my-group/builders' },
    });
    await assume(group, gitlab);
    const other = { ...gitlab, groups_direct: ['my-group'] };
    await refusedAs('AccessDenied', assume(group, other), /^Not authorized/);
    const cluster = await role('cluster', {
      StringEquals: {
        [`${idp.name}:sub`]: 'system:serviceaccount:builds:pusher',
        [`${idp.name}:aud`]: 'sts.amazonaws.com',
      },
    });
    const answer = await assume(cluster, kubernetes);
    assert.equal(answer.Audience, 'sts.amazonaws.com');
  });
});

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
