// Opens IAM over a database: accounts, users, policies, and what the corridor asks of them.

import type { CredentialSource } from '#core/ports/credential-source.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { type Accounts, openAccounts } from './accounts.ts';
import { type IamOptions, openIamStore } from './iam-store.ts';
import { openUserPolicies, type UserPolicies } from './policies.ts';
import { openPrincipalDirectory } from './principal-directory.ts';
import { type IdentityPolicies, openCredentialSource, openIdentityPolicies, openUserFacts } from './sources.ts';
import { openUsers, type Users } from './users.ts';

export interface Iam {
  readonly accounts: Accounts;
  readonly users: Users;
  readonly policies: UserPolicies;
  readonly credentialSource: CredentialSource;
  readonly identityPolicies: IdentityPolicies;
  readonly principals: PrincipalDirectory;
  /** Facts of `arn:aws:iam:…:user/…` for access. */
  readonly userFacts: PolicySource['ofResource'];
}

export function openIam(options: IamOptions): Iam {
  const store = openIamStore(options);
  return {
    accounts: openAccounts(store),
    users: openUsers(store),
    policies: openUserPolicies(store),
    credentialSource: openCredentialSource(store),
    identityPolicies: openIdentityPolicies(store),
    principals: openPrincipalDirectory(store),
    userFacts: openUserFacts(store),
  };
}
