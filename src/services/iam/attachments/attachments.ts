// Managed policies attached to users, groups and roles.

import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Owner } from '../entities/entity.ts';
import { requireChangeable, requireEntity } from '../entities/find.ts';
import type { IamStore } from '../iam-store.ts';
import { findManagedPolicy } from '../managed-policies/find.ts';
import { limitExceeded } from '../refusals.ts';
import type { IamTables } from '../tables.ts';
import { countAttachments, deleteAttachment, insertAttachment, listAttachments } from './tables.ts';

export interface AttachedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
}

export interface Attachments {
  attach(owner: Owner, policyArn: string): Promise<void>;
  detach(owner: Owner, policyArn: string): Promise<void>;
  list(owner: Owner): Promise<readonly AttachedPolicy[]>;
  /** To how many entities of the account each policy is attached, by ARN; those attached to nobody are left out. */
  counts(accountId: AccountId): Promise<ReadonlyMap<string, number>>;
}

export function openAttachments(store: IamStore): Attachments {
  const tables = store.database.tables<IamTables>();
  return {
    attach: (owner, policyArn) => attachPolicy(store, owner, policyArn),
    detach: (owner, policyArn) =>
      store.change(async (transaction) => {
        const { id } = await requireChangeable(transaction, owner);
        if (await deleteAttachment(transaction, id, policyArn)) return;
        throw new DomainError('no-such-entity', `Policy ${policyArn} was not found.`, {});
      }),
    async list(owner) {
      const { id } = await requireEntity(tables, owner);
      return (await listAttachments(tables, id)).map((row) => attachedPolicy(row.policy_arn));
    },
    counts: async (accountId) => new Map(await countAttachments(tables, accountId)),
  };
}

function attachPolicy(store: IamStore, owner: Owner, policyArn: string): Promise<void> {
  return store.change(async (transaction) => {
    const policy = await findManagedPolicy(transaction, owner.accountId, policyArn);
    if (policy === undefined) {
      throw new DomainError('no-such-entity', `Policy ${policyArn} does not exist or is not attachable.`, {});
    }
    const { id } = await requireChangeable(transaction, owner);
    if (!policy.isAttachable) throw new DomainError('policy-not-attachable', notAttachable(policyArn), {});
    const attached = await listAttachments(transaction, id);
    if (attached.some((row) => row.policy_arn === policyArn)) return;
    if (attached.length >= limits.attachedPoliciesMax)
      throw limitExceeded(quotas[owner.kind], limits.attachedPoliciesMax);
    await insertAttachment(transaction, { owner_id: id, account_id: owner.accountId, policy_arn: policyArn });
  });
}

const quotas = { user: 'PoliciesPerUser', group: 'PoliciesPerGroup', role: 'PoliciesPerRole' } as const;

function notAttachable(policyArn: string): string {
  return `Cannot attach a Service Role Policy to an entity of your own: ${policyArn}`;
}

/** A policy's name and path stand in its ARN. */
function attachedPolicy(arn: string): AttachedPolicy {
  const resource = arn.slice(arn.indexOf(':policy/') + ':policy'.length);
  const end = resource.lastIndexOf('/') + 1;
  return { arn, name: resource.slice(end), path: resource.slice(0, end) };
}
