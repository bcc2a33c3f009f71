// The aws CLI builds users, a group, policies, roles, a boundary and sessions; then sixty questions, each put to a
// door: may this caller do this to that repository? A refusal must be in AWS's own words.

import assert from 'node:assert/strict';
import type { ClientSite } from './client-site.ts';
import type { ClientTest } from './client-test.ts';

export const awsAccess: ClientTest = {
  name: 'aws CLI: who may what at both doors',
  programs: ['aws'],
  async run(site) {
    const callers = await buildsCallers(site);
    const counts = await Promise.all(callers.map((caller) => asksBothDoors(site, caller)));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      60,
    );
  },
};

const fullAccess = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess';
const repositories = ['red/app', 'blue/app'] as const;
const digest = `sha256:${'0'.repeat(64)}`;

type Action = 'ListImages' | 'InitiateLayerUpload' | 'BatchDeleteImage';
type Environment = Readonly<Record<string, string>>;

/** How the answer ends; undefined where it is allowed. */
type Refusal = string | undefined;

interface Caller {
  readonly arn: string;
  readonly env: Environment;
  /** For each action what is answered for the red and for the blue repository. */
  readonly expected: Readonly<Record<Action, readonly [red: Refusal, blue: Refusal]>>;
}

const noIdentity = 'because no identity-based policy allows the ';
const noBoundary = 'because no permissions boundary allows the ';
const noSession = 'because no session policy allows the ';
const denied = 'with an explicit deny in an identity-based policy';
const both = (refusal: Refusal) => [refusal, refusal] as const;
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const token = 'ecr:GetAuthorizationToken';

interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

function environmentOf({ AccessKeyId, SecretAccessKey, SessionToken = '' }: Credentials): Environment {
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    ...(SessionToken === '' ? {} : { AWS_SESSION_TOKEN: SessionToken }),
  };
}

async function buildsCallers(site: ClientSite): Promise<readonly Caller[]> {
  for (const name of repositories) {
    const tag = `Key=team,Value=${name.split('/')[0]}`;
    await site.aws('ecr', 'create-repository', '--repository-name', name, '--tags', tag);
  }
  const reading = document(allow([token, 'ecr:ListImages', 'ecr:DescribeImages']));
  const made = await site.aws('iam', 'create-policy', '--policy-name', 'reading', '--policy-document', reading);
  const policy = (made['Policy'] as { readonly Arn: string }).Arn;
  await site.aws('iam', 'create-group', '--group-name', 'readers');
  await site.aws('iam', 'attach-group-policy', '--group-name', 'readers', '--policy-arn', policy);
  const users = [await aMember(site), await aBoundedUser(site, policy), await aSessionWithoutMfa(site)];
  return [...users, await aTaggedSession(site), await aNarrowedSession(site, policy)];
}

async function userWithKey(site: ClientSite, name: string): Promise<Pick<Caller, 'arn' | 'env'>> {
  const { User } = await site.aws('iam', 'create-user', '--user-name', name);
  const { AccessKey } = await site.aws('iam', 'create-access-key', '--user-name', name);
  return { arn: (User as { readonly Arn: string }).Arn, env: environmentOf(AccessKey as Credentials) };
}

/** Reads because its group does, and does nothing else. */
async function aMember(site: ClientSite): Promise<Caller> {
  const user = await userWithKey(site, 'member');
  await site.aws('iam', 'add-user-to-group', '--group-name', 'readers', '--user-name', 'member');
  const refused = both(noIdentity);
  const expected = { ListImages: both(undefined), InitiateLayerUpload: refused, BatchDeleteImage: refused };
  return { ...user, expected };
}

/** Has every right that its boundary has as well. */
async function aBoundedUser(site: ClientSite, policy: string): Promise<Caller> {
  const user = await userWithKey(site, 'bounded');
  const named = ['--user-name', 'bounded'];
  await site.aws('iam', 'attach-user-policy', ...named, '--policy-arn', fullAccess);
  await site.aws('iam', 'put-user-permissions-boundary', ...named, '--permissions-boundary', policy);
  const refused = both(noBoundary);
  const expected = { ListImages: both(undefined), InitiateLayerUpload: refused, BatchDeleteImage: refused };
  return { ...user, expected };
}

/** May change nothing in a session that was made without a device. */
async function aSessionWithoutMfa(site: ClientSite): Promise<Caller> {
  const { arn, env } = await userWithKey(site, 'guarded');
  const named = ['--user-name', 'guarded'];
  await site.aws('iam', 'attach-user-policy', ...named, '--policy-arn', fullAccess);
  const deny = {
    Effect: 'Deny',
    Action: ['ecr:InitiateLayerUpload', 'ecr:BatchDeleteImage'],
    Resource: '*',
    Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  };
  const put = ['iam', 'put-user-policy', ...named, '--policy-name', 'mfa', '--policy-document', document(deny)];
  await site.aws(...put);
  const { stdout } = await site.run('aws', ['sts', 'get-session-token', '--output', 'json'], { env });
  const { Credentials } = JSON.parse(stdout) as { readonly Credentials: Credentials };
  const refused = both(denied);
  const expected = { ListImages: both(undefined), InitiateLayerUpload: refused, BatchDeleteImage: refused };
  return { arn, env: environmentOf(Credentials), expected };
}

async function assumed(site: ClientSite, role: string, ...options: readonly string[]) {
  const { Account } = await site.aws('sts', 'get-caller-identity');
  const trusted = { AWS: `arn:aws:iam::${String(Account)}:root` };
  const trust = document({ Effect: 'Allow', Principal: trusted, Action: ['sts:AssumeRole', 'sts:TagSession'] });
  await site.aws('iam', 'create-role', '--role-name', role, '--assume-role-policy-document', trust);
  return async () => {
    const arn = `arn:aws:iam::${String(Account)}:role/${role}`;
    const named = ['--role-arn', arn, '--role-session-name', 'night'];
    const session = await site.aws('sts', 'assume-role', ...named, ...options);
    const { Arn } = session['AssumedRoleUser'] as { readonly Arn: string };
    return { arn: Arn, env: environmentOf(session['Credentials'] as Credentials) };
  };
}

/** Works on what carries the tag that its session carries, and may never delete. */
async function aTaggedSession(site: ClientSite): Promise<Caller> {
  const assume = await assumed(site, 'of-a-team', '--tags', 'Key=team,Value=red');
  const own = { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } };
  const never = { Effect: 'Deny', Action: 'ecr:BatchDeleteImage', Resource: '*' };
  const text = document(allow([token]), { ...allow(['ecr:*']), Condition: own }, never);
  const named = ['--role-name', 'of-a-team', '--policy-name', 'own', '--policy-document', text];
  await site.aws('iam', 'put-role-policy', ...named);
  const ofTeam = [undefined, noIdentity] as const;
  const expected = { ListImages: ofTeam, InitiateLayerUpload: ofTeam, BatchDeleteImage: both(denied) };
  return { ...(await assume()), expected };
}

/** Has every right of its role that its session policy has as well. */
async function aNarrowedSession(site: ClientSite, policy: string): Promise<Caller> {
  const assume = await assumed(site, 'of-all', '--policy-arns', `arn=${policy}`);
  await site.aws('iam', 'attach-role-policy', '--role-name', 'of-all', '--policy-arn', fullAccess);
  const refused = both(noSession);
  const expected = { ListImages: both(undefined), InitiateLayerUpload: refused, BatchDeleteImage: refused };
  return { ...(await assume()), expected };
}

/** How many questions were put. */
async function asksBothDoors(site: ClientSite, caller: Caller): Promise<number> {
  const { env } = caller;
  const password = (await site.run('aws', ['ecr', 'get-login-password'], { env })).stdout.trim();
  const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`;
  let asked = 0;
  for (const action of ['ListImages', 'InitiateLayerUpload', 'BatchDeleteImage'] as const) {
    for (const [place, repository] of repositories.entries()) {
      const refusal = caller.expected[action][place];
      const { code, stderr } = await site.run('aws', ecrCall(action, repository), { env, codes: [0, 254, 255] });
      checkAnswer(caller, action, repository, refusal, code === 0 ? undefined : stderr);
      const { method, path } = ociCall(action, repository);
      const answer = await fetch(`${site.server.url}${path}`, { method, headers: { authorization } });
      const text = await answer.text();
      checkAnswer(caller, action, repository, refusal, answer.status === 403 ? text : undefined);
      asked += 2;
    }
  }
  return asked;
}

function checkAnswer(caller: Caller, action: Action, repository: string, refusal: Refusal, told: string | undefined) {
  const what = `${caller.arn} ${action} ${repository}: ${told ?? 'allowed'}`;
  if (refusal === undefined) {
    assert.equal(told, undefined, what);
    return;
  }
  const subject = `User: ${caller.arn} is not authorized to perform: ecr:${action} on resource: arn:aws:ecr:us-east-1:`;
  assert.ok(told !== undefined && told.includes(subject), what);
  assert.ok(told.includes(`:repository/${repository} ${refusal}`), what);
  assert.ok(refusal === denied || told.includes(`${refusal}ecr:${action} action`), what);
}

function ecrCall(action: Action, repository: string): readonly string[] {
  const named = ['--repository-name', repository];
  if (action === 'ListImages') return ['ecr', 'list-images', ...named];
  if (action === 'InitiateLayerUpload') return ['ecr', 'initiate-layer-upload', ...named];
  return ['ecr', 'batch-delete-image', ...named, '--image-ids', `imageDigest=${digest}`];
}

function ociCall(action: Action, repository: string): { readonly method: string; readonly path: string } {
  if (action === 'ListImages') return { method: 'GET', path: `/v2/${repository}/tags/list` };
  if (action === 'InitiateLayerUpload') return { method: 'POST', path: `/v2/${repository}/blobs/uploads/` };
  return { method: 'DELETE', path: `/v2/${repository}/manifests/${digest}` };
}
