// Aliases: names of keys, each in its registry once, moved only between keys of one kind.

import type { RegistryRef } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { KmsKey } from '../keys/key.ts';
import { aliasName } from '../keys/key-reference.ts';
import { requireState } from '../keys/key-states.ts';
import { requireRow } from '../keys/require-row.ts';
import { managedAliases } from '../managed-keys/services.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsTables } from '../store/tables.ts';
import * as rows from './tables.ts';

export interface Alias {
  readonly name: string;
  /** Undefined, like its times, for one of AWS's own whose key is not made yet. */
  readonly keyId?: string;
  readonly createdAtMs?: number;
  readonly updatedAtMs?: number;
}

export interface Aliases {
  /** Throws kms-alias-exists, kms-limit-exceeded, kms-key-state-invalid. */
  create(registry: RegistryRef, name: string, key: KmsKey): Promise<void>;
  /** Throws kms-key-not-found, kms-limit-exceeded, kms-key-state-invalid; validation-failed for another kind of key. */
  move(registry: RegistryRef, name: string, key: KmsKey): Promise<void>;
  /** Throws kms-key-not-found. */
  remove(registry: RegistryRef, name: string): Promise<void>;
  /** In the order of their names, after one of them; AWS's own also where their keys are not made yet. */
  list(registry: RegistryRef, after: string, limit: number): Promise<readonly Alias[]>;
  listOf(key: KmsKey): Promise<readonly Alias[]>;
}

export function openAliases(store: KmsStore): Aliases {
  const tables = store.database.tables<KmsTables>();
  return {
    create: (registry, name, key) =>
      store.change(async (transaction) => {
        const { state } = await requireRow(transaction, key);
        requireState('CreateAlias', { arn: key.arn, state: state as KmsKey['state'] });
        if ((await rows.findAlias(transaction, registry, name)) !== undefined) {
          const message = `An alias with the name ${aliasArn(registry, name)} already exists`;
          throw new DomainError('kms-alias-exists', message, {});
        }
        await requireRoom(transaction, key);
        const nowMs = store.clock.nowMs();
        const { accountId: account_id, region } = registry;
        const times = { created_at_ms: nowMs, updated_at_ms: nowMs };
        await rows.insertAlias(transaction, { account_id, region, alias_name: name, key_id: key.keyId, ...times });
      }),
    move: (registry, name, key) =>
      store.change(async (transaction) => {
        const known = await requireAlias(transaction, registry, name);
        const target = await requireRow(transaction, key);
        requireState('UpdateAlias', { arn: key.arn, state: target.state as KmsKey['state'] });
        const before = await requireRow(transaction, { ...key, keyId: known.key_id });
        if (before.usage !== target.usage || kindOf(before.spec) !== kindOf(target.spec)) {
          const message = `Alias ${aliasArn(registry, name)} cannot be moved to a key of another type or key usage.`;
          throw new DomainError('validation-failed', message, {});
        }
        if (known.key_id !== key.keyId) await requireRoom(transaction, key);
        await rows.moveAlias(transaction, { ...known, key_id: key.keyId, updated_at_ms: store.clock.nowMs() });
      }),
    remove: (registry, name) =>
      store.change(async (transaction) => {
        await requireAlias(transaction, registry, name);
        await rows.deleteAlias(transaction, registry, name);
      }),
    async list(registry, after, limit) {
      const made = (await rows.listAliases(tables, registry, after, limit)).map(aliasOf);
      const names = new Set(made.map(({ name }) => name));
      const unmade = managedAliases.filter((name) => name > after && !names.has(name)).map((name) => ({ name }));
      return [...made, ...unmade].toSorted((one, other) => (one.name < other.name ? -1 : 1)).slice(0, limit);
    },
    listOf: async (key) => (await rows.listAliasesOf(tables, key.region, key.keyId)).map(aliasOf),
  };
}

export function aliasArn(registry: RegistryRef, name: string): string {
  return kmsArn(registry, name as `alias/${string}`);
}

/** Throws kms-alias-name-invalid, and kms-not-authorized for the names of AWS's own keys. */
export function requireAliasName(name: string): void {
  if (!aliasName.test(name)) throw new DomainError('kms-alias-name-invalid', `Invalid alias name '${name}'`, {});
  if (name.startsWith('alias/aws/')) {
    throw new DomainError('kms-not-authorized', 'Aliases that begin with alias/aws/ are reserved.', {});
  }
}

/** Symmetric keys, asymmetric keys and HMAC keys are told apart; their lengths are not. */
function kindOf(spec: string): string {
  if (spec === 'SYMMETRIC_DEFAULT') return 'symmetric';
  return spec.startsWith('HMAC_') ? 'hmac' : 'asymmetric';
}

async function requireAlias(
  tables: Parameters<typeof rows.findAlias>[0],
  registry: RegistryRef,
  name: string,
): Promise<rows.AliasRow> {
  const known = await rows.findAlias(tables, registry, name);
  if (known !== undefined) return known;
  throw new DomainError('kms-key-not-found', `Alias ${aliasArn(registry, name)} is not found.`, {});
}

/** Throws kms-limit-exceeded. */
async function requireRoom(tables: Parameters<typeof rows.listAliasesOf>[0], key: KmsKey): Promise<void> {
  const { length } = await rows.listAliasesOf(tables, key.region, key.keyId);
  if (length < limits.keyAliasesPerKeyMax) return;
  throw new DomainError('kms-limit-exceeded', `The key ${key.arn} has ${length} aliases.`, {});
}

function aliasOf(row: rows.AliasRow): Alias {
  return { name: row.alias_name, keyId: row.key_id, createdAtMs: row.created_at_ms, updatedAtMs: row.updated_at_ms };
}
