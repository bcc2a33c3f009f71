// Closed accounts as the corridor meets them: nobody is proved to be of one, and nothing in one is there for others.

import { parseArn } from '#core/arn.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Credential, CredentialSource } from '#core/ports/credential-source.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { SessionStanding } from '#core/ports/session-standing.ts';
import { goOn } from '#std/go-on.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { listClosedAccounts } from './tables.ts';

export interface ClosedAccounts {
  /** What `ask` says, or for a closed account `otherwise`. Answered from memory while nothing changed. */
  unless<Result>(accountId: string, otherwise: Result, ask: () => MaybePromise<Result>): MaybePromise<Result>;
  /** The same without their keys: these are refused like keys that are not there. */
  credentials(source: CredentialSource): CredentialSource;
  /** The same, where what they issued has ended. */
  standing(standing: SessionStanding): SessionStanding;
  /** The same without their resources: no policy of a closed account lets anybody in, no role of it is assumed. */
  resources(ofResource: PolicySource['ofResource']): PolicySource['ofResource'];
}

export function openClosedAccounts(store: IamStore): ClosedAccounts {
  const tables = store.database.tables<IamTables>();
  // Few are ever closed: its one entry is all of them.
  const closed = new GuardedCache<ReadonlySet<string>>(store.database, { entriesMax: 1, follows: 'all but content' });
  store.onChange(() => closed.clear());
  const load = async () => new Set(await listClosedAccounts(tables));

  const unless: ClosedAccounts['unless'] = (accountId, otherwise, ask) => {
    return goOn(closed.read('', load), (all) => (all.has(accountId) ? otherwise : ask()));
  };

  const openOnly = (credential: Credential | undefined) =>
    credential && unless<Credential | undefined>(credential.principal.accountId, undefined, () => credential);

  return {
    unless,
    credentials: ({ find }) => ({
      find(accessKeyId) {
        return goOn(find(accessKeyId), openOnly);
      },
    }),
    standing: ({ endOf }) => ({
      endOf: (proof) => {
        const { accountId } = proof.principal;
        return unless<string | undefined>(accountId, `account ${accountId} is closed`, () => endOf(proof));
      },
    }),
    resources: (ofResource) => (arn, action) =>
      unless(parseArn(arn)?.accountId ?? '', undefined, () => ofResource(arn, action)),
  };
}
