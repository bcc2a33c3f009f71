// The operations that are not built yet, a paragraph a folder. They stand in the table and are refused with a plain
// sentence. This list only shrinks.

import type * as Iam from '@aws-sdk/client-iam';
import { later } from '#core/operation.ts';
import type { OperationNames } from '#wire/sdk.ts';

export const laterOperations = {
  // users, access-keys
  UpdateUser: later,
  GetAccessKeyLastUsed: later,

  // groups
  CreateGroup: later,
  GetGroup: later,
  ListGroups: later,
  UpdateGroup: later,
  DeleteGroup: later,
  AddUserToGroup: later,
  RemoveUserFromGroup: later,
  ListGroupsForUser: later,

  // roles
  CreateRole: later,
  GetRole: later,
  ListRoles: later,
  UpdateRole: later,
  UpdateRoleDescription: later,
  UpdateAssumeRolePolicy: later,
  DeleteRole: later,

  // service-linked-roles
  CreateServiceLinkedRole: later,
  DeleteServiceLinkedRole: later,
  GetServiceLinkedRoleDeletionStatus: later,

  // instance-profiles
  CreateInstanceProfile: later,
  GetInstanceProfile: later,
  ListInstanceProfiles: later,
  ListInstanceProfilesForRole: later,
  DeleteInstanceProfile: later,
  AddRoleToInstanceProfile: later,
  RemoveRoleFromInstanceProfile: later,
  TagInstanceProfile: later,
  UntagInstanceProfile: later,
  ListInstanceProfileTags: later,

  // inline-policies
  PutGroupPolicy: later,
  GetGroupPolicy: later,
  ListGroupPolicies: later,
  DeleteGroupPolicy: later,
  PutRolePolicy: later,
  GetRolePolicy: later,
  ListRolePolicies: later,
  DeleteRolePolicy: later,

  // attachments
  AttachGroupPolicy: later,
  DetachGroupPolicy: later,
  ListAttachedGroupPolicies: later,
  AttachRolePolicy: later,
  DetachRolePolicy: later,
  ListAttachedRolePolicies: later,

  // boundaries
  PutUserPermissionsBoundary: later,
  DeleteUserPermissionsBoundary: later,
  PutRolePermissionsBoundary: later,
  DeleteRolePermissionsBoundary: later,

  // tags
  TagUser: later,
  UntagUser: later,
  ListUserTags: later,
  TagRole: later,
  UntagRole: later,
  ListRoleTags: later,

  // managed-policies
  CreatePolicy: later,
  DeletePolicy: later,
  CreatePolicyVersion: later,
  DeletePolicyVersion: later,
  ListPolicyVersions: later,
  SetDefaultPolicyVersion: later,
  ListEntitiesForPolicy: later,
  TagPolicy: later,
  UntagPolicy: later,
  ListPolicyTags: later,

  // login-profiles
  CreateLoginProfile: later,
  GetLoginProfile: later,
  UpdateLoginProfile: later,
  DeleteLoginProfile: later,
  ChangePassword: later,
  UpdateAccountPasswordPolicy: later,
  GetAccountPasswordPolicy: later,
  DeleteAccountPasswordPolicy: later,

  // mfa-devices
  CreateVirtualMFADevice: later,
  DeleteVirtualMFADevice: later,
  ListVirtualMFADevices: later,
  EnableMFADevice: later,
  DeactivateMFADevice: later,
  ResyncMFADevice: later,
  ListMFADevices: later,
  GetMFADevice: later,
  TagMFADevice: later,
  UntagMFADevice: later,
  ListMFADeviceTags: later,

  // oidc-providers
  CreateOpenIDConnectProvider: later,
  GetOpenIDConnectProvider: later,
  ListOpenIDConnectProviders: later,
  DeleteOpenIDConnectProvider: later,
  UpdateOpenIDConnectProviderThumbprint: later,
  AddClientIDToOpenIDConnectProvider: later,
  RemoveClientIDFromOpenIDConnectProvider: later,
  TagOpenIDConnectProvider: later,
  UntagOpenIDConnectProvider: later,
  ListOpenIDConnectProviderTags: later,

  // accounts
  CreateAccountAlias: later,
  ListAccountAliases: later,
  DeleteAccountAlias: later,
  GetAccountSummary: later,
  GetAccountAuthorizationDetails: later,

  // reports
  GenerateCredentialReport: later,
  GetCredentialReport: later,
  GenerateServiceLastAccessedDetails: later,
  GetServiceLastAccessedDetails: later,
  GetServiceLastAccessedDetailsWithEntities: later,
  ListPoliciesGrantingServiceAccess: later,

  // simulation
  SimulateCustomPolicy: later,
  SimulatePrincipalPolicy: later,
  GetContextKeysForCustomPolicy: later,
  GetContextKeysForPrincipalPolicy: later,
} as const satisfies Partial<Record<OperationNames<typeof Iam>, typeof later>>;
