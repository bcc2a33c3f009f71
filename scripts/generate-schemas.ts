// Dumps the Smithy schemas of the operations served here out of the official SDK clients into src/wire/schemas.
// `node scripts/generate-schemas.ts` writes; with `--check` it exits 1 when what is committed is stale.

import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import * as ecr from '@aws-sdk/client-ecr';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as organizations from '@aws-sdk/client-organizations';
import * as sts from '@aws-sdk/client-sts';
import { dumpSchemas, type SdkModule } from './schema-dump.ts';

interface Source {
  readonly name: string;
  readonly packageName: string;
  readonly sdk: SdkModule;
  /** The operations to dump; all of the client's when left out. */
  readonly operations?: readonly string[];
}

/** All of IAM but what it keeps for other services (server and signing certificates, SSH keys) and organisations. */
const iamOperations = `
  CreateUser GetUser ListUsers DeleteUser CreateAccessKey ListAccessKeys UpdateAccessKey DeleteAccessKey
  UpdateUser GetAccessKeyLastUsed
  CreateGroup GetGroup ListGroups UpdateGroup DeleteGroup AddUserToGroup RemoveUserFromGroup ListGroupsForUser
  CreateRole GetRole ListRoles UpdateRole UpdateRoleDescription UpdateAssumeRolePolicy DeleteRole
  CreateServiceLinkedRole DeleteServiceLinkedRole GetServiceLinkedRoleDeletionStatus
  CreateInstanceProfile GetInstanceProfile ListInstanceProfiles ListInstanceProfilesForRole
  DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile
  UntagInstanceProfile ListInstanceProfileTags
  PutUserPolicy GetUserPolicy ListUserPolicies DeleteUserPolicy PutGroupPolicy GetGroupPolicy
  ListGroupPolicies DeleteGroupPolicy PutRolePolicy GetRolePolicy ListRolePolicies DeleteRolePolicy
  AttachUserPolicy DetachUserPolicy ListAttachedUserPolicies AttachGroupPolicy DetachGroupPolicy
  ListAttachedGroupPolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies
  PutUserPermissionsBoundary DeleteUserPermissionsBoundary PutRolePermissionsBoundary
  DeleteRolePermissionsBoundary
  TagUser UntagUser ListUserTags TagRole UntagRole ListRoleTags
  GetPolicy GetPolicyVersion ListPolicies CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion
  ListPolicyVersions SetDefaultPolicyVersion ListEntitiesForPolicy TagPolicy UntagPolicy ListPolicyTags
  CreateLoginProfile GetLoginProfile UpdateLoginProfile DeleteLoginProfile ChangePassword
  UpdateAccountPasswordPolicy GetAccountPasswordPolicy DeleteAccountPasswordPolicy
  CreateVirtualMFADevice DeleteVirtualMFADevice ListVirtualMFADevices EnableMFADevice DeactivateMFADevice
  ResyncMFADevice ListMFADevices GetMFADevice TagMFADevice UntagMFADevice ListMFADeviceTags
  CreateOpenIDConnectProvider GetOpenIDConnectProvider ListOpenIDConnectProviders DeleteOpenIDConnectProvider
  UpdateOpenIDConnectProviderThumbprint AddClientIDToOpenIDConnectProvider
  RemoveClientIDFromOpenIDConnectProvider TagOpenIDConnectProvider UntagOpenIDConnectProvider
  ListOpenIDConnectProviderTags
  CreateAccountAlias ListAccountAliases DeleteAccountAlias GetAccountSummary GetAccountAuthorizationDetails
  GenerateCredentialReport GetCredentialReport GenerateServiceLastAccessedDetails
  GetServiceLastAccessedDetails GetServiceLastAccessedDetailsWithEntities ListPoliciesGrantingServiceAccess
  SimulateCustomPolicy SimulatePrincipalPolicy GetContextKeysForCustomPolicy GetContextKeysForPrincipalPolicy
`;

const stsOperations = `
  GetCallerIdentity GetAccessKeyInfo GetSessionToken AssumeRole AssumeRoleWithWebIdentity GetFederationToken
  DecodeAuthorizationMessage
`;

/** What is only read. */
const organizationsOperations = `
  DescribeOrganization ListAWSServiceAccessForOrganization ListDelegatedAdministrators
  ListAccounts ListAccountsForParent DescribeAccount
  ListRoots ListOrganizationalUnitsForParent DescribeOrganizationalUnit ListChildren ListParents
  ListPolicies DescribePolicy ListPoliciesForTarget ListTargetsForPolicy
`;

const sources: readonly Source[] = [
  { name: 'ecr', packageName: '@aws-sdk/client-ecr', sdk: ecr },
  { name: 'iam', packageName: '@aws-sdk/client-iam', sdk: iam, operations: namesIn(iamOperations) },
  { name: 'kms', packageName: '@aws-sdk/client-kms', sdk: kms },
  {
    name: 'sts',
    packageName: '@aws-sdk/client-sts',
    sdk: sts,
    operations: namesIn(stsOperations),
  },
  {
    name: 'organizations',
    packageName: '@aws-sdk/client-organizations',
    sdk: organizations,
    operations: namesIn(organizationsOperations),
  },
];

/** Every schema file with the text it should have. */
export function generateSchemas(): ReadonlyArray<{ readonly path: string; readonly text: string }> {
  return [...sources.map(schemaFile), actionsFile()];
}

function schemaFile(source: Source) {
  const packageRoot = packageRootOf(source.packageName);
  const operations = source.operations ?? commandNames(source.sdk);
  return { path: pathOf(source.name), text: dumpSchemas({ ...source, operations, packageRoot }) };
}

/** The names of all operations of each client, those that are not served included: policies may speak of them. */
function actionsFile() {
  const lines = sources.map(({ name, sdk }) => `${JSON.stringify(name)}: ${JSON.stringify(commandNames(sdk))}`);
  return { path: pathOf('actions'), text: `{${lines.join(',\n')}}\n` };
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../src/wire/schemas/${name}.json`, import.meta.url));
}

/** The files whose committed text differs from what the clients say now. */
export function staleSchemas(): readonly string[] {
  return generateSchemas()
    .filter(({ path, text }) => readIfThere(path) !== text)
    .map(({ path }) => path);
}

function namesIn(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

function commandNames(sdk: SdkModule): readonly string[] {
  return Object.keys(sdk)
    .filter((name) => name.endsWith('Command') && name !== '$Command')
    .map((name) => name.slice(0, -'Command'.length))
    .sort();
}

function packageRootOf(packageName: string): string {
  const entry = createRequire(import.meta.url).resolve(packageName);
  return entry.slice(0, entry.indexOf(packageName) + packageName.length);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const stale = staleSchemas();
    for (const path of stale) console.error(`${path} is stale: run node scripts/generate-schemas.ts`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    for (const { path, text } of generateSchemas()) writeFileSync(path, text);
  }
}
