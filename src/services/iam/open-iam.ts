// Opens IAM over a database: what its door works on, and what the corridor asks of it.

import type { CredentialSource } from '#core/ports/credential-source.ts';
import type { MfaCheck } from '#core/ports/mfa-check.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { SessionStanding } from '#core/ports/session-standing.ts';
import { openAccessKeys } from './access-keys/access-keys.ts';
import { type Accounts, openAccounts } from './accounts/accounts.ts';
import { openAttachments } from './attachments/attachments.ts';
import { openPrincipalDirectory } from './entities/principal-directory.ts';
import { type IamOptions, openIamStore } from './iam-store.ts';
import { openInlinePolicies } from './inline-policies/inline-policies.ts';
import { openMfaCheck } from './mfa/mfa-check.ts';
import type { IamRooms } from './rooms.ts';
import { openRevocations, type Revocations } from './sessions/revocations.ts';
import { openRoleDirectory } from './sessions/role-directory.ts';
import { openSessionFacts } from './sessions/session-facts.ts';
import { openSessionStanding } from './sessions/standing.ts';
import { openCredentialSource, openPrincipalFacts, openUserFacts, type PrincipalFactsOf } from './sources.ts';
import { openUsers } from './users/users.ts';

export interface Iam {
  readonly accounts: Accounts;
  /** What the door is given, but for what the site adds. */
  readonly rooms: Omit<IamRooms, 'pageTokens'>;
  readonly credentialSource: CredentialSource;
  readonly principalFacts: PrincipalFactsOf;
  readonly principals: PrincipalDirectory;
  /** Facts of `arn:aws:iam:…:user/…` for access. */
  readonly userFacts: PolicySource['ofResource'];
  /** Whether sessions and registry tokens still count. */
  readonly standing: SessionStanding;
  readonly revocations: Revocations;
  readonly mfa: MfaCheck;
  readonly roles: ReturnType<typeof openRoleDirectory>;
}

export function openIam(options: IamOptions): Iam {
  const store = openIamStore(options);
  return {
    accounts: openAccounts(store),
    rooms: {
      users: openUsers(store),
      accessKeys: openAccessKeys(store),
      inlinePolicies: openInlinePolicies(store),
      attachments: openAttachments(store),
    },
    credentialSource: openCredentialSource(store),
    principalFacts: openSessionFacts(store, openPrincipalFacts(store)),
    principals: openPrincipalDirectory(store),
    userFacts: openUserFacts(store),
    standing: openSessionStanding(store),
    revocations: openRevocations(store),
    mfa: openMfaCheck(),
    roles: openRoleDirectory(store),
  };
}
