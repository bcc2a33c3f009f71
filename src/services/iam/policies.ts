// Policies of users: inline documents (sealed) and attachments of AWS-managed policies.

import { type ManagedPolicy, managedPolicies } from '#access/managed-policies.ts';
import { countPolicyChars, PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { IamStore } from './iam-store.ts';
import { limitExceeded, noSuchEntity } from './refusals.ts';
import {
  countAttachments,
  deleteAttachment,
  deleteUserPolicy,
  findUserPolicy,
  type IamTables,
  insertAttachment,
  listAttachments,
  listUserPolicies,
  type UserPolicyRow,
  upsertUserPolicy,
} from './tables.ts';
import { accountDomain, requireUser } from './users.ts';

export interface UserPolicies {
  put(accountId: AccountId, userName: string, policyName: string, document: string): Promise<void>;
  get(accountId: AccountId, userName: string, policyName: string): Promise<InlinePolicy>;
  names(accountId: AccountId, userName: string): Promise<readonly string[]>;
  remove(accountId: AccountId, userName: string, policyName: string): Promise<void>;
  attach(accountId: AccountId, userName: string, policyArn: string): Promise<void>;
  detach(accountId: AccountId, userName: string, policyArn: string): Promise<void>;
  attached(accountId: AccountId, userName: string): Promise<readonly ManagedPolicy[]>;
  /** To how many users of the account each policy is attached, by ARN; those attached to nobody are left out. */
  attachmentCounts(accountId: AccountId): Promise<ReadonlyMap<string, number>>;
}

export interface InlinePolicy {
  readonly userName: string;
  readonly policyName: string;
  readonly document: string;
}

export function policyContext(userId: string, policyName: string): string {
  return `iam/user-policy/${userId}/${policyName}`;
}

export function openUserPolicies(store: IamStore): UserPolicies {
  const tables = store.database.tables<IamTables>();
  return {
    put: (accountId, userName, policyName, document) => putPolicy(store, accountId, { userName, policyName, document }),
    async get(accountId, userName, policyName) {
      const user = await requireUser(tables, accountId, userName);
      const row = await findUserPolicy(tables, user.user_id, policyName);
      if (row === undefined) throw noSuchPolicy(policyName);
      const document = await openDocument(store, accountId, row);
      return { userName: user.user_name, policyName, document };
    },
    async names(accountId, userName) {
      const user = await requireUser(tables, accountId, userName);
      return (await listUserPolicies(tables, user.user_id)).map((row) => row.policy_name);
    },
    remove: (accountId, userName, policyName) =>
      store.change(async (transaction) => {
        const user = await requireUser(transaction, accountId, userName);
        if (!(await deleteUserPolicy(transaction, user.user_id, policyName))) throw noSuchPolicy(policyName);
      }),
    attach: (accountId, userName, policyArn) => attachPolicy(store, accountId, userName, policyArn),
    detach: (accountId, userName, policyArn) =>
      store.change(async (transaction) => {
        const user = await requireUser(transaction, accountId, userName);
        const row = { user_id: user.user_id, policy_arn: policyArn };
        if (await deleteAttachment(transaction, row)) return;
        throw new DomainError('no-such-entity', `Policy ${policyArn} was not found.`, {});
      }),
    async attached(accountId, userName) {
      const user = await requireUser(tables, accountId, userName);
      const rows = await listAttachments(tables, user.user_id);
      return rows.flatMap((row) => managedPolicies.get(row.policy_arn) ?? []);
    },
    attachmentCounts: async (accountId) => new Map(await countAttachments(tables, accountId)),
  };
}

/** The plaintext of an inline policy. */
export async function openDocument(store: IamStore, accountId: string, row: UserPolicyRow): Promise<string> {
  const domain = await accountDomain(store, accountId);
  const context = policyContext(row.user_id, row.policy_name);
  return (await store.keyRing.open(domain, context, row.document)).toString('utf8');
}

async function putPolicy(store: IamStore, accountId: AccountId, policy: InlinePolicy): Promise<void> {
  const { userName, policyName, document } = policy;
  if (countPolicyChars(document) > limits.inlineUserPolicyCharsMax) throw tooLarge(userName);
  requireValidDocument(document);
  const domain = await accountDomain(store, accountId);
  await store.change(async (transaction) => {
    const user = await requireUser(transaction, accountId, userName);
    const others = (await listUserPolicies(transaction, user.user_id)).filter((row) => row.policy_name !== policyName);
    let chars = countPolicyChars(document);
    for (const row of others) chars += countPolicyChars(await openDocument(store, accountId, row));
    if (chars > limits.inlineUserPolicyCharsMax) throw tooLarge(userName);
    const sealed = await store.keyRing.seal(domain, policyContext(user.user_id, policyName), Buffer.from(document));
    await upsertUserPolicy(transaction, { user_id: user.user_id, policy_name: policyName, document: sealed });
  });
}

/** Throws malformed-policy with line and column. */
function requireValidDocument(document: string): void {
  try {
    parsePolicy(document, 'identity');
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    const where = `line ${error.line}, column ${error.column}`;
    throw new DomainError('malformed-policy', `${error.message} (${where})`, {}, { cause: error });
  }
}

function attachPolicy(store: IamStore, accountId: AccountId, userName: string, policyArn: string): Promise<void> {
  if (!managedPolicies.has(policyArn)) {
    throw new DomainError('no-such-entity', `Policy ${policyArn} does not exist or is not attachable.`, {});
  }
  return store.change(async (transaction) => {
    const user = await requireUser(transaction, accountId, userName);
    const attached = await listAttachments(transaction, user.user_id);
    if (attached.some((row) => row.policy_arn === policyArn)) return;
    if (attached.length >= limits.attachedPoliciesMax)
      throw limitExceeded('PoliciesPerUser', limits.attachedPoliciesMax);
    await insertAttachment(transaction, { user_id: user.user_id, policy_arn: policyArn });
  });
}

function tooLarge(userName: string): DomainError {
  const message = `Maximum policy size of ${limits.inlineUserPolicyCharsMax} bytes exceeded for user ${userName}`;
  return new DomainError('entity-limit-exceeded', message, {});
}

function noSuchPolicy(policyName: string): DomainError {
  return noSuchEntity(`The user policy with name ${policyName}`);
}
