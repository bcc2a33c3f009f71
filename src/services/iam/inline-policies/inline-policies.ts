// Inline policies of users, groups and roles: documents that are sealed, and stand or fall with their owner.

import { countPolicyChars } from '#access/parse.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { requirePolicy } from '../documents.ts';
import type { EntityKind, EntityRef, Owner } from '../entities/entity.ts';
import { requireChangeable, requireEntity } from '../entities/find.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { noSuchEntity } from '../refusals.ts';
import type { IamTables } from '../tables.ts';
import {
  deleteInlinePolicy,
  findInlinePolicy,
  type InlinePolicyRow,
  listInlinePolicies,
  upsertInlinePolicy,
} from './tables.ts';

export interface InlinePolicies {
  put(owner: Owner, policyName: string, document: string): Promise<void>;
  get(owner: Owner, policyName: string): Promise<InlinePolicy>;
  names(owner: Owner): Promise<readonly string[]>;
  remove(owner: Owner, policyName: string): Promise<void>;
}

export interface InlinePolicy {
  readonly owner: EntityRef;
  readonly policyName: string;
  readonly document: string;
}

/** All of an owner's inline policies together. */
const charsMax: Readonly<Record<EntityKind, number>> = {
  user: limits.inlineUserPolicyCharsMax,
  group: limits.inlineGroupPolicyCharsMax,
  role: limits.inlineRolePolicyCharsMax,
};

/** Binds a sealed document to its row. It says user because rows of users were sealed so before others had any. */
export function inlinePolicyContext(ownerId: string, policyName: string): string {
  return `iam/user-policy/${ownerId}/${policyName}`;
}

export function openInlinePolicies(store: IamStore): InlinePolicies {
  const tables = store.database.tables<IamTables>();
  return {
    put: (owner, policyName, document) => putPolicy(store, owner, policyName, document),
    async get(owner, policyName) {
      const entity = await requireEntity(tables, owner);
      const row = await findInlinePolicy(tables, entity.id, policyName);
      if (row === undefined) throw noSuchPolicy(owner.kind, policyName);
      return { owner: entity, policyName, document: await openDocument(store, row) };
    },
    async names(owner) {
      const { id } = await requireEntity(tables, owner);
      return (await listInlinePolicies(tables, id)).map((row) => row.policy_name);
    },
    remove: (owner, policyName) =>
      store.change(async (transaction) => {
        const { id } = await requireChangeable(transaction, owner);
        if (!(await deleteInlinePolicy(transaction, id, policyName))) throw noSuchPolicy(owner.kind, policyName);
      }),
  };
}

/** The plaintext of an inline policy. */
export async function openDocument(store: IamStore, row: InlinePolicyRow): Promise<string> {
  const domain = await accountDomain(store, row.account_id);
  const context = inlinePolicyContext(row.owner_id, row.policy_name);
  return (await store.keyRing.open(domain, context, row.document)).toString('utf8');
}

async function putPolicy(store: IamStore, owner: Owner, policyName: string, document: string): Promise<void> {
  const { kind, accountId, name } = owner;
  if (countPolicyChars(document) > charsMax[kind]) throw tooLarge(kind, name);
  requirePolicy(document, 'identity');
  const domain = await accountDomain(store, accountId);
  await store.change(async (transaction) => {
    const { id } = await requireChangeable(transaction, owner);
    const others = (await listInlinePolicies(transaction, id)).filter((row) => row.policy_name !== policyName);
    let chars = countPolicyChars(document);
    for (const row of others) chars += countPolicyChars(await openDocument(store, row));
    if (chars > charsMax[kind]) throw tooLarge(kind, name);
    const sealed = await store.keyRing.seal(domain, inlinePolicyContext(id, policyName), Buffer.from(document));
    const row = { owner_id: id, account_id: accountId, policy_name: policyName, document: sealed };
    await upsertInlinePolicy(transaction, row);
  });
}

function tooLarge(kind: EntityKind, name: string): DomainError {
  const message = `Maximum policy size of ${charsMax[kind]} bytes exceeded for ${kind} ${name}`;
  return new DomainError('entity-limit-exceeded', message, {});
}

function noSuchPolicy(kind: EntityKind, policyName: string): DomainError {
  return noSuchEntity(`The ${kind} policy with name ${policyName}`);
}
