// Managed policies of an account: its own and those that AWS manages, as one list; making and deleting its own.

import { type ManagedPolicy, managedPolicies } from '#access/managed-policies.ts';
import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { countAttachments } from '../attachments/tables.ts';
import { countBoundaries } from '../boundaries/tables.ts';
import type { IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import { limitExceeded } from '../refusals.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { deleteTags } from '../tags/tables.ts';
import { storeTags, type Tag, tagsOf } from '../tags/tags.ts';
import { isAttachable } from './find.ts';
import { findByArn, policyArn } from './policy-arn.ts';
import { requireDocument, sealVersion } from './policy-documents.ts';
import { noSuchPolicy, requireOwn } from './policy-refusals.ts';
import * as rows from './tables.ts';

export interface NewPolicy {
  readonly accountId: AccountId;
  readonly name: string;
  readonly path: string;
  readonly description: string | undefined;
  readonly document: string;
  readonly tags: readonly Tag[];
}

/** A policy, whoever manages it. */
export interface Policy {
  readonly arn: string;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly description: string | undefined;
  readonly defaultVersionId: string;
  readonly isAttachable: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** To how many entities of the account it is attached, and how many it bounds. */
  readonly attachmentCount: number;
  readonly boundaryCount: number;
}

export interface PolicyDetails extends Policy {
  readonly tags: readonly Tag[];
}

export type PolicyScope = 'All' | 'AWS' | 'Local';

export interface Policies {
  create(policy: NewPolicy): Promise<PolicyDetails>;
  get(accountId: AccountId, arn: string): Promise<PolicyDetails>;
  /** In the order of their ARNs. */
  list(accountId: AccountId, scope: PolicyScope): Promise<readonly Policy[]>;
  remove(accountId: AccountId, arn: string): Promise<void>;
}

export function openPolicies(store: IamStore): Policies {
  const tables = store.database.tables<IamTables>();
  return {
    async create(policy) {
      const row = await createPolicy(store, policy);
      return { ...ownPolicy(row, await usageOf(tables, row.account_id)), tags: await tagsOf(tables, row.policy_id) };
    },
    async get(accountId, arn) {
      const usage = await usageOf(tables, accountId);
      const managed = managedPolicies.get(arn);
      if (managed !== undefined) return { ...awsPolicy(managed, usage), tags: [] };
      const row = await findByArn(tables, arn);
      if (row?.account_id !== accountId) throw noSuchPolicy(arn);
      return { ...ownPolicy(row, usage), tags: await tagsOf(tables, row.policy_id) };
    },
    async list(accountId, scope) {
      const usage = await usageOf(tables, accountId);
      const own = scope === 'AWS' ? [] : await rows.listPolicyRows(tables, accountId);
      const managed = scope === 'Local' ? [] : [...managedPolicies.values()];
      const all = [...own.map((row) => ownPolicy(row, usage)), ...managed.map((policy) => awsPolicy(policy, usage))];
      return all.sort((one, other) => (one.arn < other.arn ? -1 : 1));
    },
    remove: (accountId, arn) => removePolicy(store, accountId, arn),
  };
}

/** How often the account uses each policy, by ARN. */
interface Usage {
  readonly attachments: ReadonlyMap<string, number>;
  readonly boundaries: ReadonlyMap<string, number>;
}

async function usageOf(tables: IamQueries, accountId: string): Promise<Usage> {
  const attachments = new Map(await countAttachments(tables, accountId));
  return { attachments, boundaries: new Map(await countBoundaries(tables, accountId)) };
}

function ownPolicy(row: rows.PolicyRow, usage: Usage): Policy {
  return used(usage, {
    arn: policyArn(row),
    id: row.policy_id,
    name: row.policy_name,
    path: row.path,
    description: row.description ?? undefined,
    defaultVersionId: `v${row.default_version}`,
    isAttachable: true,
    createdAt: new Date(row.created_at_ms),
    updatedAt: new Date(row.updated_at_ms),
  });
}

function awsPolicy(policy: ManagedPolicy, usage: Usage): Policy {
  return used(usage, { ...policy, isAttachable: isAttachable(policy.path) });
}

function used(usage: Usage, policy: Omit<Policy, 'attachmentCount' | 'boundaryCount'>): Policy {
  const attachmentCount = usage.attachments.get(policy.arn) ?? 0;
  return { ...policy, attachmentCount, boundaryCount: usage.boundaries.get(policy.arn) ?? 0 };
}

async function createPolicy(store: IamStore, policy: NewPolicy): Promise<rows.PolicyRow> {
  const { accountId, name, path, description, document, tags } = policy;
  requireDocument(document);
  const now = store.clock.nowMs();
  const row: rows.PolicyRow = {
    policy_id: newUniqueId('ANPA', store.random),
    account_id: accountId,
    policy_name: name,
    name_key: name.toLowerCase(),
    path,
    description: description ?? null,
    default_version: 1,
    last_version: 1,
    created_at_ms: now,
    updated_at_ms: now,
  };
  const version_id = newUniqueId('ANVA', store.random);
  const sealed = await sealVersion(store, accountId, version_id, document);
  await store.change(async (transaction) => {
    if ((await rows.findPolicyRow(transaction, accountId, name)) !== undefined) {
      const message = `A policy called ${name} already exists. Duplicate names are not allowed.`;
      throw new DomainError('entity-already-exists', message, {});
    }
    if ((await rows.countPolicies(transaction, accountId)) >= limits.policiesPerAccountMax) {
      throw limitExceeded('PoliciesPerAccount', limits.policiesPerAccountMax);
    }
    await rows.insertPolicy(transaction, row);
    const version = { version_id, policy_id: row.policy_id, version: 1, created_at_ms: now, document: sealed };
    await rows.insertVersion(transaction, version);
    await storeTags(transaction, row.policy_id, tags);
  });
  return row;
}

/** Throws no-such-entity, and delete-conflict while anybody has the policy or it has further versions. */
async function removePolicy(store: IamStore, accountId: AccountId, arn: string): Promise<void> {
  await store.change(async (transaction) => {
    const { policy_id } = await requireOwn(transaction, accountId, arn, 'iam:DeletePolicy');
    const { attachments, boundaries } = await usageOf(transaction, accountId);
    if (attachments.has(arn) || boundaries.has(arn)) {
      throw new DomainError('delete-conflict', 'Cannot delete a policy attached to entities.', {});
    }
    if ((await rows.listVersionKeys(transaction, policy_id)).length > 1) {
      const why = 'This policy has more than one version.';
      const message = `${why} Before you delete a policy, you must delete the policy's versions.`;
      throw new DomainError('delete-conflict', message, {});
    }
    await deleteTags(transaction, policy_id);
    await rows.deletePolicyRows(transaction, policy_id);
  });
}
