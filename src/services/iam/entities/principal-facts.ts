// What a user or role brings when access is decided: its own policies and its groups', boundary and tags.

import type { Principal } from '#core/caller.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PolicyDocument, PrincipalFacts } from '#core/ports/policy-source.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { listAttachments } from '../attachments/tables.ts';
import { findBoundary } from '../boundaries/tables.ts';
import { listGroupsOf } from '../groups/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { openDocument } from '../inline-policies/inline-policies.ts';
import { listInlinePolicies } from '../inline-policies/tables.ts';
import { documentOf } from '../managed-policies/find.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { listTags } from '../tags/tables.ts';

const cachedPrincipalsMax = 10_000;

const nothing: PrincipalFacts = Object.freeze({ identity: [], tags: {} });

/** A boundary whose policy cannot be read any more must not stop bounding. */
const noPermissions = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}';

export type PrincipalFactsOf = (principal: Principal) => MaybePromise<PrincipalFacts>;

/** The identical object while nothing changed. */
export function openPrincipalFacts(store: IamStore): PrincipalFactsOf {
  const cache = new GuardedCache<PrincipalFacts>(store.database, {
    entriesMax: cachedPrincipalsMax,
    follows: 'all but content',
  });
  store.onChange(() => cache.clear());
  return (principal) => {
    const id = entityIdOf(principal);
    return id === undefined ? nothing : cache.read(id, () => loadFacts(store, id));
  };
}

/** The unique id of the user or role that a principal is or acts as. */
function entityIdOf({ kind, principalId, session }: Principal): string | undefined {
  if (kind === 'user') return principalId;
  if (kind !== 'assumed-role') return undefined;
  return session?.role?.roleId ?? principalId.split(':')[0];
}

async function loadFacts(store: IamStore, entityId: string): Promise<PrincipalFacts> {
  const tables = store.database.tables<IamTables>();
  const identity = await policiesOf(store, tables, entityId);
  for (const { group_id } of await listGroupsOf(tables, entityId)) {
    identity.push(...(await policiesOf(store, tables, group_id)));
  }
  const tags = Object.fromEntries((await listTags(tables, entityId)).map(({ key, value }) => [key, value]));
  const boundaryArn = await findBoundary(tables, entityId);
  if (boundaryArn === undefined) return { identity, tags };
  const boundary = (await documentOf(store, boundaryArn)) ?? { name: boundaryArn, text: noPermissions };
  return { identity, tags, boundary };
}

/** Managed and inline policies of a user, group or role by its unique id. */
export async function policiesOf(store: IamStore, tables: IamQueries, ownerId: string): Promise<PolicyDocument[]> {
  const documents: PolicyDocument[] = [];
  for (const { policy_arn } of await listAttachments(tables, ownerId)) {
    const document = await documentOf(store, policy_arn);
    if (document !== undefined) documents.push(document);
  }
  for (const row of await listInlinePolicies(tables, ownerId)) {
    documents.push({ name: row.policy_name, text: await openDocument(store, row) });
  }
  return documents;
}
