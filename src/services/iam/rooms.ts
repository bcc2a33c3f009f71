// What IAM's handlers are given.

import type { Clock } from '#core/clock.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PageTokens } from '#wire/paging.ts';
import type { AccessKeys } from './access-keys/access-keys.ts';
import type { AccountSummary } from './account-summary/account-summary.ts';
import type { Aliases } from './accounts/aliases.ts';
import type { Activity } from './activity/activity.ts';
import type { Attachments } from './attachments/attachments.ts';
import type { Boundaries } from './boundaries/boundaries.ts';
import type { Entities } from './entities/names.ts';
import type { Groups } from './groups/groups.ts';
import type { InlinePolicies } from './inline-policies/inline-policies.ts';
import type { InstanceProfiles } from './instance-profiles/instance-profiles.ts';
import type { LoginProfiles } from './login-profiles/login-profiles.ts';
import type { Policies } from './managed-policies/policies.ts';
import type { PolicyVersions } from './managed-policies/versions.ts';
import type { MfaDevices } from './mfa/devices.ts';
import type { FederationSettings } from './oidc-providers/federation.ts';
import type { OidcProviders } from './oidc-providers/providers.ts';
import type { PolicyEntities } from './policy-entities/policy-entities.ts';
import type { Reports } from './reports/reports.ts';
import type { Roles } from './roles/roles.ts';
import type { ServiceLinkedRoles } from './service-linked-roles/service-linked-roles.ts';
import type { Simulation } from './simulation/policy-sources.ts';
import type { Tags } from './tags/tags.ts';
import type { Users } from './users/users.ts';

export interface IamRooms {
  readonly aliases: Aliases;
  readonly entities: Entities;
  readonly users: Users;
  readonly groups: Groups;
  readonly roles: Roles;
  readonly serviceLinkedRoles: ServiceLinkedRoles;
  readonly instanceProfiles: InstanceProfiles;
  readonly boundaries: Boundaries;
  readonly tags: Tags;
  readonly accessKeys: AccessKeys;
  readonly inlinePolicies: InlinePolicies;
  readonly attachments: Attachments;
  readonly policies: Policies;
  readonly accountSummary: AccountSummary;
  readonly policyVersions: PolicyVersions;
  readonly policyEntities: PolicyEntities;
  readonly simulation: Simulation;
  readonly clock: Clock;
  readonly mfaDevices: MfaDevices;
  readonly loginProfiles: LoginProfiles;
  readonly reports: Reports;
  readonly oidcProviders: OidcProviders;
  readonly federation: FederationSettings;
  readonly activity: Omit<Activity, 'note' | 'job'>;
  readonly pageTokens: PageTokens;
  /** As the corridor asks it; undefined where no organisation is configured. */
  readonly guardrailsOf?: PolicySource['guardrailsOf'];
}
