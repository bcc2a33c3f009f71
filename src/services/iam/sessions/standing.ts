// Whether what was issued still counts: its user or role is there, and nobody revoked it. From memory mostly.

import type { Principal } from '#core/caller.ts';
import type { IssuedProof, SessionStanding } from '#core/ports/session-standing.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { IamStore } from '../iam-store.ts';
import { findRoleById } from '../roles/tables.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { findUserById } from '../users/tables.ts';
import { type RevocationTest, revocationTest } from './revocations.ts';
import { listRevocations } from './tables.ts';

const cachedOwnersMax = 10_000;
const cachedAccountsMax = 1000;

/** Unique ids are never given twice, so that being gone can be remembered too. */
interface Presence {
  readonly isHere: boolean;
}

export function openSessionStanding(store: IamStore): SessionStanding {
  const presence = new GuardedCache<Presence>(store.database, {
    entriesMax: cachedOwnersMax,
    follows: 'all but content',
  });
  const revoked = new GuardedCache<{ readonly test: RevocationTest }>(store.database, {
    entriesMax: cachedAccountsMax,
    follows: 'all but content',
  });
  store.onChange(() => {
    presence.clear();
    revoked.clear();
  });
  const tables = store.database.tables<IamTables>();

  const loadTest = async (accountId: string) => ({ test: revocationTest(await listRevocations(tables, accountId)) });

  return {
    endOf(proof) {
      const { accountId } = proof.principal;
      const ownerId = ownerIdOf(proof.principal);
      const owner = ownerId === undefined ? here : presence.read(ownerId, () => findOwner(tables, ownerId));
      const account = revoked.read(accountId, () => loadTest(accountId));
      if (!(owner instanceof Promise || account instanceof Promise)) return endOf(proof, owner, account.test);
      return Promise.all([owner, account]).then(([found, { test }]) => endOf(proof, found, test));
    },
  };
}

const here: Presence = { isHere: true };

function endOf(proof: IssuedProof, owner: Presence, test: RevocationTest): string | undefined {
  return owner.isHere ? test(proof) : `whoever ${proof.principal.arn} acts for is gone`;
}

/**
 * The unique id of the user or role whose rights a session has. Undefined for the root user, who is never gone, and for
 * a long-term key, which was just found together with its user.
 */
function ownerIdOf({ kind, principalId, session }: Principal): string | undefined {
  if (session === undefined) return undefined;
  return kind === 'user' ? principalId : (session.role?.roleId ?? session.user?.userId);
}

async function findOwner(tables: IamQueries, ownerId: string): Promise<Presence> {
  const find = ownerId.startsWith('AROA') ? findRoleById : findUserById;
  return { isHere: (await find(tables, ownerId)) !== undefined };
}
