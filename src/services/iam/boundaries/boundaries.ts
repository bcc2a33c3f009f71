// Permissions boundaries of users and roles: the managed policy that limits what all their other policies allow.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import type { EntityRef, Owner } from '../entities/entity.ts';
import { requireChangeable } from '../entities/find.ts';
import type { IamStore } from '../iam-store.ts';
import { findManagedPolicy } from '../managed-policies/find.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { countBoundaries, deleteBoundary, upsertBoundary } from './tables.ts';

export interface Boundaries {
  put(owner: Owner, policyArn: string): Promise<void>;
  remove(owner: Owner): Promise<void>;
  /** How many entities of the account each policy bounds, by ARN; those that bound nobody are left out. */
  counts(accountId: AccountId): Promise<ReadonlyMap<string, number>>;
}

export function openBoundaries(store: IamStore): Boundaries {
  const tables = store.database.tables<IamTables>();
  return {
    put: (owner, policyArn) =>
      store.change(async (transaction) => {
        await setBoundary(transaction, await requireChangeable(transaction, owner), policyArn);
      }),
    remove: (owner) =>
      store.change(async (transaction) => {
        const { id, name } = await requireChangeable(transaction, owner);
        if (!(await deleteBoundary(transaction, id))) {
          throw noSuchEntity(`The permissions boundary of the ${owner.kind} with name ${name}`);
        }
      }),
    counts: async (accountId) => new Map(await countBoundaries(tables, accountId)),
  };
}

type Bounded = Pick<EntityRef, 'id' | 'accountId'>;

/** Throws no-such-entity and policy-not-attachable. */
export async function setBoundary(tables: IamQueries, { id, accountId }: Bounded, policyArn: string): Promise<void> {
  const policy = await findManagedPolicy(tables, accountId, policyArn);
  if (policy === undefined) {
    throw new DomainError('no-such-entity', `Scope ARN: ${policyArn} does not exist or is not attachable.`, {});
  }
  if (!policy.isAttachable) {
    throw new DomainError('policy-not-attachable', `Cannot use a Service Role Policy as a boundary: ${policyArn}`, {});
  }
  await upsertBoundary(tables, { owner_id: id, account_id: accountId, policy_arn: policyArn });
}

/** As answers show it; undefined where none is set. */
export function boundaryView(policyArn: string | undefined) {
  if (policyArn === undefined) return {};
  return {
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
      PermissionsBoundaryArn: policyArn,
    },
  };
}
