// Keys and aliases as the database has them, kept in memory until anybody changes anything.

import type { RegistryRef } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import { goOn } from '#std/go-on.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { findAlias, listAliasesOf } from '../aliases/tables.ts';
import { openKeyPolicy } from '../key-policies/sealed-key-policy.ts';
import { findEarliestEnd } from '../material/imports/tables.ts';
import { listRelated } from '../multi-region/tables.ts';
import type { KmsStore } from '../store/kms-store.ts';
import type { KmsQueries, KmsTables } from '../store/tables.ts';
import { listKeyTags } from '../tags/tables.ts';
import { type KmsKey, keyAt, keyOf } from './key.ts';
import { findKeyRow, type KeyRow } from './tables.ts';

export interface KeyRecords {
  /** By id, whoever owns it. */
  find(region: string, keyId: string): MaybePromise<KmsKey | undefined>;
  /** The id of the key that an alias (`alias/…`) stands for. */
  keyIdOf(registry: RegistryRef, aliasName: string): MaybePromise<string | undefined>;
  /** Of `arn:aws:kms:…:key/…`, for access; an alias has none. */
  readonly facts: PolicySource['ofResource'];
}

const cachedMax = 20_000;

export function openKeyRecords(store: KmsStore): KeyRecords {
  const tables = store.database.tables<KmsTables>();
  const keys = new GuardedCache<{ readonly key: KmsKey | undefined }>(store.database, {
    entriesMax: cachedMax,
    follows: 'all but content',
  });
  const aliases = new GuardedCache<{ readonly keyId: string | undefined }>(store.database, {
    entriesMax: cachedMax,
    follows: 'all but content',
  });
  store.onChange(() => {
    keys.clear();
    aliases.clear();
  });
  const find = (region: string, keyId: string): MaybePromise<KmsKey | undefined> => {
    const read = keys.read(`${region} ${keyId}`, async () => {
      const row = await findKeyRow(tables, region, keyId);
      return { key: row && (await readKey(store, tables, row)) };
    });
    return goOn(read, ({ key }) => key && keyAt(key, store.clock.nowMs()));
  };
  return {
    find,
    keyIdOf({ accountId, region }, name) {
      const read = aliases.read(`${accountId} ${region} ${name}`, async () => {
        const row = await findAlias(tables, { accountId, region }, name);
        return { keyId: row?.key_id };
      });
      return goOn(read, ({ keyId }) => keyId);
    },
    facts(arn) {
      const { region = '', accountId, resource = '' } = parseArn(arn) ?? {};
      if (!resource.startsWith('key/')) return undefined;
      const factsOf = (key: KmsKey | undefined) => (key?.accountId === accountId ? key?.facts : undefined);
      const found = find(region, resource.slice('key/'.length));
      return goOn(found, factsOf);
    },
  };
}

/** The whole key of a row, within a transaction or without. */
export async function readKey(store: KmsStore, tables: KmsQueries, row: KeyRow): Promise<KmsKey> {
  const policy = await openKeyPolicy(store, row);
  const tags = await listKeyTags(tables, row.region, row.key_id);
  const aliases = await listAliasesOf(tables, row.region, row.key_id);
  const related = row.primary_region === null ? [] : await listRelated(tables, row.key_id);
  // A replica rotates with its primary.
  const { rotation_days, rotation_at_ms } = related.find(({ region }) => region === row.primary_region) ?? row;
  return keyOf({
    row: { ...row, rotation_days, rotation_at_ms },
    replicaRegions: related.map(({ region }) => region).filter((region) => region !== row.primary_region),
    validToMs: await validToOf(tables, row),
    policy,
    tags: tags.map(({ tag_key: key, tag_value: value }) => ({ key, value })),
    aliases: aliases.filter(({ account_id }) => account_id === row.account_id).map(({ alias_name }) => alias_name),
  });
}

/** Without any one of its materials the key does not work. */
async function validToOf(tables: KmsQueries, row: KeyRow): Promise<number | undefined> {
  return row.origin === 'EXTERNAL' && row.material_id !== null ? findEarliestEnd(tables, row) : undefined;
}
