// What IAM answers to the corridor: the credential of an access key, and the identity policies of a principal.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { Credential, CredentialSource } from '#core/ports/credential-source.ts';
import type { PolicyDocument, PolicySource, PrincipalFacts } from '#core/ports/policy-source.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { secretContext } from './access-keys/access-keys.ts';
import { findAccessKey } from './access-keys/tables.ts';
import { listAttachments } from './attachments/tables.ts';
import { accountDomain, type IamStore } from './iam-store.ts';
import { openDocument } from './inline-policies/inline-policies.ts';
import { listInlinePolicies } from './inline-policies/tables.ts';
import { documentOf } from './managed-policies/find.ts';
import type { IamTables } from './tables.ts';
import { findUser } from './users/tables.ts';
import { userArn } from './users/user-ref.ts';

const cachedCredentialsMax = 10_000;
const cachedPrincipalsMax = 10_000;

const nothing: PrincipalFacts = Object.freeze({ identity: [], tags: {} });

export function openCredentialSource(store: IamStore): CredentialSource {
  const cache = new GuardedCache<Credential>(store.database, { entriesMax: cachedCredentialsMax });
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
  return {
    accessKeyId,
    secretAccessKey: secret.toString('utf8'),
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

export type PrincipalFactsOf = (principal: Principal) => MaybePromise<PrincipalFacts>;

/** Managed and inline policies of a user; other principals have none yet. The identical object while unchanged. */
export function openPrincipalFacts(store: IamStore): PrincipalFactsOf {
  const cache = new GuardedCache<PrincipalFacts>(store.database, { entriesMax: cachedPrincipalsMax });
  store.onChange(() => cache.clear());
  return ({ kind, principalId }) => {
    return kind === 'user' ? cache.read(principalId, () => loadFacts(store, principalId)) : nothing;
  };
}

/**
 * Facts of a user named without its path. Callers may write the name in any case, policies are compared with the
 * ARN of the user that is meant: path, capitals and all.
 */
export function openUserFacts(store: IamStore): PolicySource['ofResource'] {
  const tables = store.database.tables<IamTables>();
  return async (arn) => {
    const { service, accountId, resource } = parseArn(arn) ?? {};
    const userName = /^user\/([^/*?]+)$/.exec(resource ?? '')?.[1];
    if (service !== 'iam' || accountId === undefined || userName === undefined) return undefined;
    const user = await findUser(tables, accountId, userName);
    return user && { accountId, policy: undefined, tags: {}, arn: userArn(user) };
  };
}

async function loadFacts(store: IamStore, userId: string): Promise<PrincipalFacts> {
  const tables = store.database.tables<IamTables>();
  const documents: PolicyDocument[] = [];
  for (const { policy_arn } of await listAttachments(tables, userId)) {
    const document = await documentOf(tables, policy_arn);
    if (document !== undefined) documents.push(document);
  }
  for (const row of await listInlinePolicies(tables, userId)) {
    documents.push({ name: row.policy_name, text: await openDocument(store, row) });
  }
  return { identity: documents, tags: {} };
}
