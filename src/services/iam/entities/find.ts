// Finds an entity of any kind by its name.

import type { AccountId } from '#core/account.ts';
import { groupRef } from '../groups/group-ref.ts';
import { findGroup } from '../groups/tables.ts';
import { noSuchEntity, unmodifiableRole } from '../refusals.ts';
import { roleRef } from '../roles/role-ref.ts';
import { findRole } from '../roles/tables.ts';
import type { IamQueries } from '../tables.ts';
import { findUser } from '../users/tables.ts';
import { userRef } from '../users/user-ref.ts';
import type { EntityKind, EntityRef, Owner } from './entity.ts';

type Finder = (tables: IamQueries, accountId: AccountId, name: string) => Promise<EntityRef | undefined>;

const finders: Readonly<Record<EntityKind, Finder>> = {
  async user(tables, accountId, name) {
    const row = await findUser(tables, accountId, name);
    return row && userRef(row);
  },
  async group(tables, accountId, name) {
    const row = await findGroup(tables, accountId, name);
    return row && groupRef(row);
  },
  async role(tables, accountId, name) {
    const row = await findRole(tables, accountId, name);
    return row && roleRef(row);
  },
};

/** Undefined when there is none. */
export function findEntity(tables: IamQueries, { kind, accountId, name }: Owner): Promise<EntityRef | undefined> {
  return finders[kind](tables, accountId, name);
}

/** Throws no-such-entity. */
export async function requireEntity(tables: IamQueries, owner: Owner): Promise<EntityRef> {
  const entity = await findEntity(tables, owner);
  if (entity === undefined) throw noSuchEntity(`The ${owner.kind} with name ${owner.name}`);
  return entity;
}

/** One that may be changed. Throws no-such-entity, and unmodifiable-entity for a service-linked role. */
export async function requireChangeable(tables: IamQueries, owner: Owner): Promise<EntityRef> {
  const entity = await requireEntity(tables, owner);
  if (entity.service !== undefined) throw unmodifiableRole(entity.name);
  return entity;
}
