// Roles: the rules, over the tables.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { listAttachments } from '../attachments/tables.ts';
import { setBoundary } from '../boundaries/boundaries.ts';
import { deleteBoundary, findBoundary } from '../boundaries/tables.ts';
import type { PathPage } from '../entities/listing.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { listInlinePolicies } from '../inline-policies/tables.ts';
import { listProfilesOfRole } from '../instance-profiles/tables.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, unmodifiableRole } from '../refusals.ts';
import type { IamQueries, IamTables, IamTransaction } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import * as rows from './tables.ts';
import { keptTrustPolicy, sealTrustPolicy, shownTrustPolicy } from './trust-policy.ts';

export interface NewRole {
  readonly accountId: AccountId;
  readonly name: string;
  readonly path: string;
  readonly trustPolicy: string;
  readonly description: string | undefined;
  readonly maxSessionSeconds: number;
  readonly boundary?: string | undefined;
  readonly tags: readonly Tag[];
  /** For a service-linked role the service that it belongs to. */
  readonly service?: string;
}

/** A role with its trust policy as its owner reads it. */
export interface Role {
  readonly row: rows.RoleRow;
  readonly trustPolicy: string;
}

/** What only a look at one role shows. */
export interface RoleDetails extends Role {
  readonly boundary: string | undefined;
  readonly tags: readonly Tag[];
}

export interface RoleChange {
  readonly description?: string | undefined;
  readonly maxSessionSeconds?: number | undefined;
}

export interface Roles {
  /** `also` runs in the transaction that makes the role. */
  create(role: NewRole, also?: (transaction: IamTransaction, roleId: string) => Promise<void>): Promise<RoleDetails>;
  get(accountId: AccountId, roleName: string): Promise<RoleDetails>;
  list(accountId: AccountId, page: PathPage): Promise<readonly Role[]>;
  update(accountId: AccountId, roleName: string, change: RoleChange): Promise<void>;
  setTrustPolicy(accountId: AccountId, roleName: string, document: string): Promise<void>;
  remove(accountId: AccountId, roleName: string): Promise<void>;
}

export function openRoles(store: IamStore, principals: PrincipalDirectory): Roles {
  const tables = store.database.tables<IamTables>();
  const shown = async (row: rows.RoleRow): Promise<Role> => {
    return { row, trustPolicy: await shownTrustPolicy(store, row, principals) };
  };
  const details = async (row: rows.RoleRow): Promise<RoleDetails> => {
    const boundary = await findBoundary(tables, row.role_id);
    return { ...(await shown(row)), boundary, tags: await tagsOf(tables, row.role_id) };
  };
  return {
    create: async (role, also) => details(await createRole(store, principals, role, also)),
    get: async (accountId, roleName) => details(await requireRole(tables, accountId, roleName)),
    async list(accountId, page) {
      return Promise.all((await rows.listRoles(tables, { accountId, ...page })).map(shown));
    },
    update: (accountId, roleName, { description, maxSessionSeconds }) =>
      store.change(async (transaction) => {
        const { role_id, service } = await requireRole(transaction, accountId, roleName);
        // Of a service-linked role the description may be edited, and nothing else.
        if (service !== null && maxSessionSeconds !== undefined) throw unmodifiableRole(roleName);
        await rows.updateRole(transaction, role_id, {
          ...(description === undefined ? {} : { description }),
          ...(maxSessionSeconds === undefined ? {} : { max_session_seconds: maxSessionSeconds }),
        });
      }),
    async setTrustPolicy(accountId, roleName, document) {
      const kept = await keptTrustPolicy(document, principals);
      // Found before the transaction: a new key domain takes one of its own.
      await accountDomain(store, accountId);
      await store.change(async (transaction) => {
        const { role_id, account_id, service } = await requireRole(transaction, accountId, roleName);
        if (service !== null) throw unmodifiableRole(roleName);
        const trust_policy = await sealTrustPolicy(store, { role_id, account_id }, kept);
        await rows.updateRole(transaction, role_id, { trust_policy });
      });
    },
    remove: (accountId, roleName) =>
      store.change(async (transaction) => {
        const { role_id, service } = await requireRole(transaction, accountId, roleName);
        if (service !== null) throw unmodifiableRole(roleName);
        await requireBare(transaction, role_id);
        await removeRole(transaction, role_id);
      }),
  };
}

/** Throws no-such-entity. */
export async function requireRole(tables: IamQueries, accountId: AccountId, roleName: string): Promise<rows.RoleRow> {
  const role = await rows.findRole(tables, accountId, roleName);
  if (role === undefined) throw noSuchEntity(`The role with name ${roleName}`);
  return role;
}

/** The role with its boundary and tags. */
export async function removeRole(transaction: IamTransaction, roleId: string): Promise<void> {
  await deleteBoundary(transaction, roleId);
  await deleteTags(transaction, roleId);
  await rows.deleteRole(transaction, roleId);
}

async function createRole(
  store: IamStore,
  principals: PrincipalDirectory,
  role: NewRole,
  also: ((transaction: IamTransaction, roleId: string) => Promise<void>) | undefined,
): Promise<rows.RoleRow> {
  const { accountId, name, boundary } = role;
  const role_id = newUniqueId('AROA', store.random);
  const kept = await keptTrustPolicy(role.trustPolicy, principals);
  const row: rows.RoleRow = {
    role_id,
    account_id: accountId,
    role_name: name,
    name_key: name.toLowerCase(),
    path: role.path,
    description: role.description ?? null,
    max_session_seconds: role.maxSessionSeconds,
    service: role.service ?? null,
    created_at_ms: store.clock.nowMs(),
    trust_policy: await sealTrustPolicy(store, { role_id, account_id: accountId }, kept),
  };
  return store.change(async (transaction) => {
    if ((await rows.findRole(transaction, accountId, name)) !== undefined) {
      throw alreadyExists(`Role with name ${name}`);
    }
    if ((await rows.countRoles(transaction, accountId)) >= limits.rolesPerAccountMax) {
      throw limitExceeded('RolesPerAccount', limits.rolesPerAccountMax);
    }
    await rows.insertRole(transaction, row);
    await storeTags(transaction, role_id, role.tags);
    if (boundary !== undefined) await setBoundary(transaction, { id: role_id, accountId }, boundary);
    await also?.(transaction, role_id);
    return row;
  });
}

/** As IAM does it: whatever hangs on the role must be taken off first. */
async function requireBare(transaction: IamTransaction, roleId: string): Promise<void> {
  const profiles = await listProfilesOfRole(transaction, roleId);
  if (profiles.length > 0) throw deleteConflict('remove roles from instance profile');
  const attached = await listAttachments(transaction, roleId);
  if (attached.length > 0) throw deleteConflict('detach all policies');
  const policies = await listInlinePolicies(transaction, roleId);
  if (policies.length > 0) throw deleteConflict('delete policies');
}
