// How much of IAM an account uses, and its quotas.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import { countGroups } from '../groups/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { countProfiles } from '../instance-profiles/tables.ts';
import { countPolicies, countVersions } from '../managed-policies/tables.ts';
import { countDevices } from '../mfa/tables.ts';
import { listProviders } from '../oidc-providers/tables.ts';
import { countRoles } from '../roles/tables.ts';
import type { IamTables } from '../tables.ts';
import { countUsers } from '../users/tables.ts';

export interface AccountSummary {
  /** By IAM's names. */
  of(accountId: AccountId): Promise<Readonly<Record<string, number>>>;
}

export function openAccountSummary(store: IamStore): AccountSummary {
  const tables = store.database.tables<IamTables>();
  return {
    async of(accountId) {
      return {
        ...quotas,
        ...neverHeld,
        Users: await countUsers(tables, accountId),
        Groups: await countGroups(tables, accountId),
        Roles: await countRoles(tables, accountId),
        InstanceProfiles: await countProfiles(tables, accountId),
        Policies: await countPolicies(tables, accountId),
        Providers: (await listProviders(tables, accountId)).length,
        MFADevices: await countDevices(tables, accountId, 'Any'),
        MFADevicesInUse: await countDevices(tables, accountId, 'Assigned'),
        PolicyVersionsInUse: await countVersions(tables, accountId),
      };
    },
  };
}

const quotas = {
  UsersQuota: limits.usersPerAccountMax,
  GroupsQuota: limits.groupsPerAccountMax,
  RolesQuota: limits.rolesPerAccountMax,
  InstanceProfilesQuota: limits.instanceProfilesPerAccountMax,
  PoliciesQuota: limits.policiesPerAccountMax,
  VersionsPerPolicyQuota: limits.versionsPerPolicyMax,
  PolicyVersionsInUseQuota: limits.policiesPerAccountMax * limits.versionsPerPolicyMax,
  PolicySizeQuota: limits.managedPolicyCharsMax,
  UserPolicySizeQuota: limits.inlineUserPolicyCharsMax,
  GroupPolicySizeQuota: limits.inlineGroupPolicyCharsMax,
  RolePolicySizeQuota: limits.inlineRolePolicyCharsMax,
  AssumeRolePolicySizeQuota: limits.trustPolicyCharsMax,
  GroupsPerUserQuota: limits.groupsPerUserMax,
  AccessKeysPerUserQuota: limits.accessKeysPerUserMax,
  AttachedPoliciesPerUserQuota: limits.attachedPoliciesMax,
  AttachedPoliciesPerGroupQuota: limits.attachedPoliciesMax,
  AttachedPoliciesPerRoleQuota: limits.attachedPoliciesMax,
  // No user may have one.
  SigningCertificatesPerUserQuota: 0,
  ServerCertificatesQuota: 0,
};

/** What a site has not: certificates, and a root user with keys, password or devices. Tokens are of the second kind. */
const neverHeld = {
  ServerCertificates: 0,
  AccountAccessKeysPresent: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
  AccountMFAEnabled: 0,
  GlobalEndpointTokenVersion: 2,
};
