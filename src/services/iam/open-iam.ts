// Opens IAM over a database: what its door works on, and what the corridor asks of it.

import type { CredentialSource } from '#core/ports/credential-source.ts';
import type { MfaCheck } from '#core/ports/mfa-check.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { RoleDirectory } from '#core/ports/role-directory.ts';
import type { SessionStanding } from '#core/ports/session-standing.ts';
import type { Job } from '#jobs/job.ts';
import { openAccessKeys } from './access-keys/access-keys.ts';
import { openCredentialSource } from './access-keys/credential-source.ts';
import { type AccountRemoval, openAccountRemoval } from './account-removal/account-removal.ts';
import { openAccountSummary } from './account-summary/account-summary.ts';
import { type Accounts, openAccounts } from './accounts/accounts.ts';
import { openAliases } from './accounts/aliases.ts';
import { type ClosedAccounts, openClosedAccounts } from './accounts/closed-accounts.ts';
import { type Activity, openActivity } from './activity/activity.ts';
import { openAttachments } from './attachments/attachments.ts';
import { openBoundaries } from './boundaries/boundaries.ts';
import { openEntityFacts } from './entities/entity-facts.ts';
import { findEntity } from './entities/find.ts';
import { openPrincipalDirectory } from './entities/principal-directory.ts';
import { openPrincipalFacts, type PrincipalFactsOf } from './entities/principal-facts.ts';
import { openGroups } from './groups/groups.ts';
import { type IamOptions, openIamStore } from './iam-store.ts';
import { openInlinePolicies } from './inline-policies/inline-policies.ts';
import { openInstanceProfiles } from './instance-profiles/instance-profiles.ts';
import { openLoginProfiles } from './login-profiles/login-profiles.ts';
import { openOldPasswords } from './login-profiles/old-passwords.ts';
import { type CheckPassword, openCheckPassword } from './login-profiles/sign-in.ts';
import { openPolicies } from './managed-policies/policies.ts';
import { openPolicyVersions } from './managed-policies/versions.ts';
import { openMfaDevices } from './mfa/devices.ts';
import { openMfaCheck } from './mfa/mfa-check.ts';
import { openProviderFacts } from './oidc-providers/provider-facts.ts';
import { openOidcProviders } from './oidc-providers/providers.ts';
import { openPolicyEntities } from './policy-entities/policy-entities.ts';
import { openReports } from './reports/reports.ts';
import { openRoles } from './roles/roles.ts';
import type { IamRooms } from './rooms.ts';
import { openServiceLinkedRoles } from './service-linked-roles/service-linked-roles.ts';
import { openRevocations, type Revocations } from './sessions/revocations.ts';
import { openRoleDirectory } from './sessions/role-directory.ts';
import { openSessionFacts } from './sessions/session-facts.ts';
import { openSessionStanding } from './sessions/standing.ts';
import { openSimulation } from './simulation/policy-sources.ts';
import type { IamTables } from './tables.ts';
import { openTags } from './tags/tags.ts';
import { openUsers } from './users/users.ts';

export interface Iam {
  readonly accounts: Accounts;
  readonly removal: AccountRemoval;
  /** For whoever asks on behalf of others what is in an account. */
  readonly closed: ClosedAccounts;
  /** What the door is given, but for what the site adds. */
  readonly rooms: Omit<IamRooms, 'pageTokens' | 'guardrailsOf' | 'federation'>;
  readonly credentialSource: CredentialSource;
  readonly principalFacts: PrincipalFactsOf;
  readonly principals: PrincipalDirectory;
  /** Whether sessions and registry tokens still count. */
  readonly standing: SessionStanding;
  readonly revocations: Revocations;
  readonly mfa: MfaCheck;
  /** For whoever lets people sign in. */
  readonly checkPassword: CheckPassword;
  /** Told of every authenticated call. */
  readonly activity: Activity;
  /** Tends what nobody asks for any more. */
  readonly oldPasswords: Job;
  readonly roleDirectory: RoleDirectory;
  /** Facts of `arn:aws:iam:…` for access. */
  readonly entityFacts: PolicySource['ofResource'];
}

export function openIam(options: IamOptions): Iam {
  const store = openIamStore(options);
  const tables = store.database.tables<IamTables>();
  const principals = openPrincipalDirectory(store);
  const principalFacts = openSessionFacts(store, openPrincipalFacts(store));
  const roles = openRoles(store, principals);
  const activity = openActivity(store);
  const closed = openClosedAccounts(store);
  const checkPassword = openCheckPassword(store, closed);
  const accounts = openAccounts(store);
  return {
    accounts,
    removal: openAccountRemoval(store),
    closed,
    rooms: {
      aliases: openAliases(store),
      entities: { find: (owner) => findEntity(tables, owner) },
      users: openUsers(store),
      groups: openGroups(store),
      roles,
      serviceLinkedRoles: openServiceLinkedRoles(store, roles),
      instanceProfiles: openInstanceProfiles(store),
      boundaries: openBoundaries(store),
      tags: openTags(store),
      accessKeys: openAccessKeys(store),
      inlinePolicies: openInlinePolicies(store),
      attachments: openAttachments(store),
      policies: openPolicies(store),
      accountSummary: openAccountSummary(store),
      policyVersions: openPolicyVersions(store),
      policyEntities: openPolicyEntities(store),
      simulation: openSimulation(store, principals, principalFacts),
      clock: options.clock,
      mfaDevices: openMfaDevices(store),
      loginProfiles: openLoginProfiles(store, checkPassword),
      reports: openReports(store, accounts, activity),
      oidcProviders: openOidcProviders(store, closed),
      activity,
    },
    credentialSource: closed.credentials(openCredentialSource(store)),
    principalFacts,
    standing: closed.standing(openSessionStanding(store)),
    revocations: openRevocations(store),
    mfa: openMfaCheck(store),
    checkPassword,
    activity,
    oldPasswords: openOldPasswords(store),
    roleDirectory: openRoleDirectory(store),
    principals,
    entityFacts: openProviderFacts(store, openEntityFacts(store)),
  };
}
