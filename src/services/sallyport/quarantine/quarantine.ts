// Access keys that are marked as leaked: each is refused as an inactive one is, whatever its status says.

import type { AccountId } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import type { Credential, CredentialSource } from '#core/ports/credential-source.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing, GuardedCache } from '#stores/sql/guarded-cache.ts';
import {
  deleteQuarantine,
  findQuarantine,
  insertQuarantine,
  listQuarantined,
  type QuarantinedKey,
  type QuarantineTables,
} from './tables.ts';
import { openQuarantineUses, type QuarantineUses } from './uses.ts';

export interface Quarantine extends Pick<QuarantineUses, 'noteUse' | 'job'> {
  /** The same source, but for keys in quarantine. */
  readonly credentials: CredentialSource;
  /** False when the account has no such key. Counts on the next request of every process. */
  put(accountId: AccountId, accessKeyId: string, reason: string, madeBy: string): Promise<boolean>;
  /** False when the account has no such key in quarantine. */
  release(accountId: AccountId, accessKeyId: string): Promise<boolean>;
  /** Those of an account, each with the last attempt to use it. */
  list(accountId: AccountId, after: string, limit: number): Promise<readonly QuarantinedKey[]>;
}

const cachedKeysMax = 10_000;

interface Marked {
  readonly credential: Credential;
}

export function openQuarantine(database: Database, clock: Clock, source: CredentialSource): Quarantine {
  const tables = database.tables<QuarantineTables>();
  const marked = new GuardedCache<Marked>(database, { entriesMax: cachedKeysMax, follows: 'all but content' });
  /** The credential with its mark: the identical object while neither changed. */
  const load = async (credential: Credential): Promise<Marked> => {
    const row = await findQuarantine(tables, credential.accessKeyId);
    if (row === undefined) return { credential };
    return { credential: { ...credential, status: 'Inactive', quarantine: row.reason } };
  };
  const originals = new WeakMap<Marked, Credential>();
  const mark = (credential: Credential | undefined) => {
    if (credential === undefined) return undefined;
    const { accessKeyId } = credential;
    const known = marked.get(accessKeyId);
    if (known !== undefined && originals.get(known) === credential) return known.credential;
    marked.forget(accessKeyId);
    return Promise.resolve(
      marked.read(accessKeyId, async () => {
        const one = await load(credential);
        originals.set(one, credential);
        return one;
      }),
    ).then((one) => one.credential);
  };
  const change = <Result>(accessKeyId: string, work: Parameters<typeof changing<QuarantineTables, Result>>[1]) =>
    changing<QuarantineTables, Result>(database, work, () => marked.forget(accessKeyId));
  const { noteUse, job, write } = openQuarantineUses(database);
  return {
    noteUse,
    job,
    async list(accountId, after, limit) {
      await write();
      return listQuarantined(tables, { accountId, after, limit });
    },
    credentials: {
      find(accessKeyId) {
        const found = source.find(accessKeyId);
        return found instanceof Promise ? found.then(mark) : mark(found);
      },
    },
    async put(accountId, accessKeyId, reason, madeBy) {
      const credential = await source.find(accessKeyId);
      if (credential?.principal.accountId !== accountId) return false;
      const row = {
        access_key_id: accessKeyId,
        account_id: accountId,
        reason,
        made_at_ms: clock.nowMs(),
        made_by: madeBy,
      };
      await change(accessKeyId, (transaction) => insertQuarantine(transaction, row));
      return true;
    },
    release: (accountId, accessKeyId) =>
      change(accessKeyId, (transaction) => deleteQuarantine(transaction, accountId, accessKeyId)),
  };
}
