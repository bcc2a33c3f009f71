// The query over attachments and boundaries for those who have a managed policy, with their names.

import type { Kysely, Transaction } from 'kysely';
import type { AttachmentTables } from '../attachments/tables.ts';
import type { BoundaryTables } from '../boundaries/tables.ts';
import type { GroupTables } from '../groups/tables.ts';
import type { RoleTables } from '../roles/tables.ts';

type Tables = AttachmentTables & BoundaryTables & GroupTables & RoleTables;
type Queries = Kysely<Tables> | Transaction<Tables>;

export type HolderKind = 'group' | 'user' | 'role';

export interface HolderRow {
  readonly kind: HolderKind;
  /** `AGPA…`, `AIDA…`, `AROA…`. */
  readonly owner_id: string;
  readonly name: string;
}

export interface HoldersQuery {
  readonly accountId: string;
  readonly policyArn: string;
  readonly kinds: readonly HolderKind[];
  readonly pathPrefix: string;
  /** Either use when left out. */
  readonly usage: 'PermissionsPolicy' | 'PermissionsBoundary' | undefined;
  /** The unique id of the last one seen; empty at the start. */
  readonly after: string;
  readonly limit: number;
}

/** In the order of their unique ids, which is groups, users, roles; each once, also who is bounded by what it has. */
export async function listHolders(tables: Queries, query: HoldersQuery): Promise<HolderRow[]> {
  const holders: HolderRow[] = [];
  for (const kind of ['group', 'user', 'role'] as const) {
    if (!query.kinds.includes(kind) || holders.length >= query.limit) continue;
    const limit = query.limit - holders.length;
    for (const row of await readers[kind](tables, query, limit)) holders.push({ kind, ...row });
  }
  return holders;
}

type Reader = (tables: Queries, query: HoldersQuery, limit: number) => Promise<Array<Omit<HolderRow, 'kind'>>>;

const readers: Readonly<Record<HolderKind, Reader>> = {
  group: (tables, query, limit) =>
    tables
      .selectFrom('iam_group')
      .select(['group_id as owner_id', 'group_name as name'])
      .where('group_id', 'in', owners(tables, query))
      .where('group_id', '>', query.after)
      .where((row) => row.fn('substr', ['path', row.lit(1), row.val(query.pathPrefix.length)]), '=', query.pathPrefix)
      .orderBy('group_id')
      .limit(limit)
      .execute(),
  user: (tables, query, limit) =>
    tables
      .selectFrom('iam_user')
      .select(['user_id as owner_id', 'user_name as name'])
      .where('user_id', 'in', owners(tables, query))
      .where('user_id', '>', query.after)
      .where((row) => row.fn('substr', ['path', row.lit(1), row.val(query.pathPrefix.length)]), '=', query.pathPrefix)
      .orderBy('user_id')
      .limit(limit)
      .execute(),
  role: (tables, query, limit) =>
    tables
      .selectFrom('iam_role')
      .select(['role_id as owner_id', 'role_name as name'])
      .where('role_id', 'in', owners(tables, query))
      .where('role_id', '>', query.after)
      .where((row) => row.fn('substr', ['path', row.lit(1), row.val(query.pathPrefix.length)]), '=', query.pathPrefix)
      .orderBy('role_id')
      .limit(limit)
      .execute(),
};

/** Unique ids of all who have the policy in the ways that are asked for. */
function owners(tables: Queries, { accountId, policyArn, usage }: HoldersQuery) {
  const attached = tables
    .selectFrom('policy_attachment')
    .select('owner_id')
    .where('account_id', '=', accountId)
    .where('policy_arn', '=', policyArn);
  const bounded = tables
    .selectFrom('permissions_boundary')
    .select('owner_id')
    .where('account_id', '=', accountId)
    .where('policy_arn', '=', policyArn);
  if (usage === 'PermissionsPolicy') return attached;
  return usage === 'PermissionsBoundary' ? bounded : attached.union(bounded);
}
