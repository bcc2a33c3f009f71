// Those who are asked about: users, a group, policies, roles, a boundary and sessions, all made by the aws CLI.

import type { Caller, Environment, Refusal } from './access-questions.ts';
import { denied, repositories } from './access-questions.ts';
import type { ClientSite } from './client-site.ts';

export const fullAccess = 'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess';

export const noIdentity = 'because no identity-based policy allows the ';
const noBoundary = 'because no permissions boundary allows the ';
const noSession = 'because no session policy allows the ';
const token = 'ecr:GetAuthorizationToken';

export const both = (refusal: Refusal) => [refusal, refusal] as const;
export const document = (...Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

/** Everything on repositories that carry the caller's own tag. */
export const ownOfTeam = document(allow([token]), {
  ...allow(['ecr:*']),
  Condition: { StringEquals: { 'aws:ResourceTag/team': '${aws:PrincipalTag/team}' } },
});

interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken?: string;
}

/** The variables that every SDK reads. */
export function environmentOf(credentials: unknown): Environment {
  const { AccessKeyId, SecretAccessKey, SessionToken = '' } = credentials as Credentials;
  return {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    ...(SessionToken === '' ? {} : { AWS_SESSION_TOKEN: SessionToken }),
  };
}

export async function userWithKey(site: ClientSite, name: string): Promise<Pick<Caller, 'arn' | 'env'>> {
  const { User } = await site.aws('iam', 'create-user', '--user-name', name);
  const { AccessKey } = await site.aws('iam', 'create-access-key', '--user-name', name);
  return { arn: (User as { readonly Arn: string }).Arn, env: environmentOf(AccessKey) };
}

/** The repositories, and all callers but those with a device. */
export async function buildsCallers(site: ClientSite): Promise<readonly Caller[]> {
  for (const name of repositories) {
    const tag = `Key=team,Value=${name.split('/')[0]}`;
    await site.aws('ecr', 'create-repository', '--repository-name', name, '--tags', tag);
  }
  const reading = document(allow([token, 'ecr:ListImages', 'ecr:DescribeImages']));
  const made = await site.aws('iam', 'create-policy', '--policy-name', 'reading', '--policy-document', reading);
  const policy = (made['Policy'] as { readonly Arn: string }).Arn;
  await site.aws('iam', 'create-group', '--group-name', 'readers');
  await site.aws('iam', 'attach-group-policy', '--group-name', 'readers', '--policy-arn', policy);
  const users = [await aMember(site), await aBoundedUser(site, policy)];
  return [...users, await aTaggedSession(site), await aNarrowedSession(site, policy)];
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
    return { arn: Arn, env: environmentOf(session['Credentials']) };
  };
}

/** Works on what carries the tag that its session carries, and may never delete. */
async function aTaggedSession(site: ClientSite): Promise<Caller> {
  const assume = await assumed(site, 'of-a-team', '--tags', 'Key=team,Value=red');
  const named = ['--role-name', 'of-a-team', '--policy-name'];
  await site.aws('iam', 'put-role-policy', ...named, 'own', '--policy-document', ownOfTeam);
  const never = document({ Effect: 'Deny', Action: 'ecr:BatchDeleteImage', Resource: '*' });
  await site.aws('iam', 'put-role-policy', ...named, 'never', '--policy-document', never);
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
