// What IAM answers to identity: the credential of an access key.

import type { AccountId } from '#core/account.ts';
import type { Credential, CredentialSource } from '#core/ports/credential-source.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { userArn } from '../users/user-ref.ts';
import { secretContext } from './access-keys.ts';
import { findAccessKey } from './tables.ts';

const cachedCredentialsMax = 10_000;

export function openCredentialSource(store: IamStore): CredentialSource {
  const cache = new GuardedCache<Credential>(store.database, {
    entriesMax: cachedCredentialsMax,
    follows: 'all but content',
  });
  store.onChange(() => cache.clear());
  return {
    find(accessKeyId) {
      const known = cache.get(accessKeyId);
      return known ?? findOnce(cache, store, accessKeyId);
    },
  };
}

/** Absence is not cached: a key that is made a moment later must work. */
async function findOnce(cache: GuardedCache<Credential>, store: IamStore, accessKeyId: string) {
  try {
    return await cache.read(accessKeyId, () => loadCredential(store, accessKeyId));
  } catch (error) {
    if (error instanceof NoSuchKeyError) return undefined;
    throw error;
  }
}

class NoSuchKeyError extends Error {}

async function loadCredential(store: IamStore, accessKeyId: string): Promise<Credential> {
  const row = await findAccessKey(store.database.tables<IamTables>(), accessKeyId);
  if (row === undefined) throw new NoSuchKeyError();
  const domain = await accountDomain(store, row.account_id);
  const secret = await store.keyRing.open(domain, secretContext(accessKeyId), row.secret);
  const secretAccessKey = secret.toString('utf8');
  secret.fill(0);
  return {
    accessKeyId,
    secretAccessKey,
    status: row.status === 'Active' ? 'Active' : 'Inactive',
    principal: {
      kind: 'user',
      accountId: row.account_id as AccountId,
      arn: userArn(row),
      principalId: row.user_id,
      userName: row.user_name,
    },
  };
}
