// Instance profiles: the rules, over the tables.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import type { PathPage } from '../entities/listing.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { alreadyExists, deleteConflict, limitExceeded, noSuchEntity, unmodifiableRole } from '../refusals.ts';
import { requireRole } from '../roles/roles.ts';
import { findRoleById } from '../roles/tables.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import * as rows from './tables.ts';

export interface NewProfile {
  readonly accountId: AccountId;
  readonly name: string;
  readonly path: string;
  readonly tags: readonly Tag[];
}

export interface Profile {
  readonly row: rows.ProfileRow;
  readonly roleName: string | undefined;
}

export interface InstanceProfiles {
  create(profile: NewProfile): Promise<Profile>;
  get(accountId: AccountId, name: string): Promise<Profile>;
  tags(profileId: string): Promise<readonly Tag[]>;
  list(accountId: AccountId, page: PathPage): Promise<readonly Profile[]>;
  ofRole(accountId: AccountId, roleName: string): Promise<readonly Profile[]>;
  remove(accountId: AccountId, name: string): Promise<void>;
  addRole(accountId: AccountId, name: string, roleName: string): Promise<void>;
  removeRole(accountId: AccountId, name: string, roleName: string): Promise<void>;
}

export function openInstanceProfiles(store: IamStore): InstanceProfiles {
  const tables = store.database.tables<IamTables>();
  const withRole = async (row: rows.ProfileRow): Promise<Profile> => {
    const role = row.role_id === null ? undefined : await findRoleById(tables, row.role_id);
    return { row, roleName: role?.role_name };
  };
  const all = (list: readonly rows.ProfileRow[]) => Promise.all(list.map(withRole));
  return {
    create: async (profile) => ({ row: await createProfile(store, profile), roleName: undefined }),
    get: async (accountId, name) => withRole(await requireProfile(tables, accountId, name)),
    tags: (profileId) => tagsOf(tables, profileId),
    list: async (accountId, page) => all(await rows.listProfiles(tables, { accountId, ...page })),
    async ofRole(accountId, roleName) {
      const { role_id } = await requireRole(tables, accountId, roleName);
      return all(await rows.listProfilesOfRole(tables, role_id));
    },
    remove: (accountId, name) =>
      store.change(async (transaction) => {
        const { profile_id, role_id } = await requireProfile(transaction, accountId, name);
        if (role_id !== null) throw deleteConflict('remove roles from instance profile');
        await deleteTags(transaction, profile_id);
        await rows.deleteProfile(transaction, profile_id);
      }),
    addRole: (accountId, name, roleName) =>
      store.change(async (transaction) => {
        const profile = await requireProfile(transaction, accountId, name);
        const { role_id, service } = await requireRole(transaction, accountId, roleName);
        if (service !== null) throw unmodifiableRole(roleName);
        if (profile.role_id !== null) throw limitExceeded('InstanceSessionsPerInstanceProfile', 1);
        await rows.updateProfileRole(transaction, profile.profile_id, role_id);
      }),
    removeRole: (accountId, name, roleName) =>
      store.change(async (transaction) => {
        const profile = await requireProfile(transaction, accountId, name);
        const { role_id } = await requireRole(transaction, accountId, roleName);
        if (profile.role_id !== role_id) throw noSuchEntity(`The role with name ${roleName} in the instance profile`);
        await rows.updateProfileRole(transaction, profile.profile_id, null);
      }),
  };
}

/** Throws no-such-entity. */
export async function requireProfile(tables: IamQueries, accountId: AccountId, name: string): Promise<rows.ProfileRow> {
  const profile = await rows.findProfile(tables, accountId, name);
  if (profile === undefined) throw noSuchEntity(`Instance Profile ${name}`);
  return profile;
}

function createProfile(store: IamStore, { accountId, name, path, tags }: NewProfile): Promise<rows.ProfileRow> {
  const row: rows.ProfileRow = {
    profile_id: newUniqueId('AIPA', store.random),
    account_id: accountId,
    profile_name: name,
    name_key: name.toLowerCase(),
    path,
    role_id: null,
    created_at_ms: store.clock.nowMs(),
  };
  return store.change(async (transaction) => {
    if ((await rows.findProfile(transaction, accountId, name)) !== undefined) {
      throw alreadyExists(`Instance Profile ${name}`);
    }
    if ((await rows.countProfiles(transaction, accountId)) >= limits.instanceProfilesPerAccountMax) {
      throw limitExceeded('InstanceProfilesPerAccount', limits.instanceProfilesPerAccountMax);
    }
    await rows.insertProfile(transaction, row);
    await storeTags(transaction, row.profile_id, tags);
    return row;
  });
}
