// Versions of managed policies: up to five of an account's own, of which one counts; of AWS's the one that is served.

import { managedPolicies } from '#access/managed-policies.ts';
import type { AccountId } from '#core/account.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { accountDomain, type IamStore } from '../iam-store.ts';
import { newUniqueId } from '../ids.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { findByArn } from './policy-arn.ts';
import { openVersion, requireDocument, sealVersion } from './policy-documents.ts';
import { noSuchPolicy, noSuchVersion, requireOwn } from './policy-refusals.ts';
import * as rows from './tables.ts';

export interface Version {
  readonly versionId: string;
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

export interface VersionDocument extends Version {
  readonly document: string;
}

export interface PolicyVersions {
  create(accountId: AccountId, arn: string, version: NewVersion): Promise<Version>;
  get(accountId: AccountId, arn: string, versionId: string): Promise<VersionDocument>;
  /** The newest first. */
  list(accountId: AccountId, arn: string): Promise<readonly Version[]>;
  /** The same with what each says. */
  documents(accountId: AccountId, arn: string): Promise<readonly VersionDocument[]>;
  setDefault(accountId: AccountId, arn: string, versionId: string): Promise<void>;
  remove(accountId: AccountId, arn: string, versionId: string): Promise<void>;
}

export interface NewVersion {
  readonly document: string;
  readonly isDefault: boolean;
}

export function openPolicyVersions(store: IamStore): PolicyVersions {
  const tables = store.database.tables<IamTables>();
  const get = async (accountId: AccountId, arn: string, versionId: string): Promise<VersionDocument> => {
    const managed = managedVersion(arn);
    if (managed?.versionId === versionId) return managed;
    if (managed !== undefined) throw noSuchVersion(arn, versionId);
    const policy = await findByArn(tables, arn);
    if (policy?.account_id !== accountId) throw noSuchPolicy(arn);
    const row = await rows.findVersion(tables, policy.policy_id, numberOf(versionId));
    if (row === undefined) throw noSuchVersion(arn, versionId);
    return { ...versionOf(policy, row), document: await openVersion(store, accountId, row) };
  };
  const list = async (accountId: AccountId, arn: string): Promise<readonly Version[]> => {
    const managed = managedVersion(arn);
    if (managed !== undefined) return [managed];
    const policy = await findByArn(tables, arn);
    if (policy?.account_id !== accountId) throw noSuchPolicy(arn);
    return (await rows.listVersionKeys(tables, policy.policy_id)).map((row) => versionOf(policy, row));
  };
  return {
    get,
    list,
    async documents(accountId, arn) {
      const versions = await list(accountId, arn);
      return Promise.all(versions.map(({ versionId }) => get(accountId, arn, versionId)));
    },
    create: (accountId, arn, version) => createVersion(store, accountId, arn, version),
    setDefault: (accountId, arn, versionId) =>
      store.change(async (transaction) => {
        const policy = await requireOwn(transaction, accountId, arn, 'iam:SetDefaultPolicyVersion');
        const { version } = await requireVersion(transaction, policy, arn, versionId);
        await rows.updatePolicy(transaction, policy.policy_id, { default_version: version });
      }),
    remove: (accountId, arn, versionId) =>
      store.change(async (transaction) => {
        const policy = await requireOwn(transaction, accountId, arn, 'iam:DeletePolicyVersion');
        const { version } = await requireVersion(transaction, policy, arn, versionId);
        if (version === policy.default_version) {
          throw new DomainError('delete-conflict', 'Cannot delete the default version of a policy.', {});
        }
        await rows.deleteVersion(transaction, policy.policy_id, version);
      }),
  };
}

/** The version of a policy that AWS manages; undefined for all others. */
function managedVersion(arn: string): VersionDocument | undefined {
  const policy = managedPolicies.get(arn);
  if (policy === undefined) return undefined;
  const { defaultVersionId: versionId, updatedAt: createdAt, document } = policy;
  return { versionId, isDefault: true, createdAt, document };
}

/** `v12` → 12. */
function numberOf(versionId: string): number {
  return Number(versionId.slice(1));
}

function versionOf(policy: rows.PolicyRow, row: rows.VersionKey): Version {
  const isDefault = row.version === policy.default_version;
  return { versionId: `v${row.version}`, isDefault, createdAt: new Date(row.created_at_ms) };
}

async function requireVersion(tables: IamQueries, { policy_id }: rows.PolicyRow, arn: string, versionId: string) {
  const row = await rows.findVersion(tables, policy_id, numberOf(versionId));
  if (row === undefined) throw noSuchVersion(arn, versionId);
  return row;
}

/** Throws malformed-policy, no-such-entity and, at the sixth version, entity-limit-exceeded. */
async function createVersion(
  store: IamStore,
  accountId: AccountId,
  arn: string,
  { document, isDefault }: NewVersion,
): Promise<Version> {
  requireDocument(document);
  // Found before the transaction: a new key domain takes one of its own.
  await accountDomain(store, accountId);
  return store.change(async (transaction) => {
    const policy = await requireOwn(transaction, accountId, arn, 'iam:CreatePolicyVersion');
    const { policy_id, last_version } = policy;
    const existing = await rows.listVersionKeys(transaction, policy_id);
    if (existing.length >= limits.versionsPerPolicyMax) throw tooManyVersions();
    const version_id = newUniqueId('ANVA', store.random);
    const row: rows.VersionRow = {
      version_id,
      policy_id,
      version: last_version + 1,
      created_at_ms: store.clock.nowMs(),
      document: await sealVersion(store, accountId, version_id, document),
    };
    await rows.insertVersion(transaction, row);
    await rows.updatePolicy(transaction, policy_id, {
      last_version: row.version,
      updated_at_ms: row.created_at_ms,
      ...(isDefault ? { default_version: row.version } : {}),
    });
    return { versionId: `v${row.version}`, isDefault, createdAt: new Date(row.created_at_ms) };
  });
}

function tooManyVersions(): DomainError {
  const why = `A managed policy can have up to ${limits.versionsPerPolicyMax} versions.`;
  const message = `${why} Before you create a new version, you must delete an existing version.`;
  return new DomainError('entity-limit-exceeded', message, {});
}
