// Tags on IAM's entities: at most fifty each, their keys compared without case.

import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { deleteTag, listTags, upsertTag } from './tables.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Finds the unique id of what is tagged, inside the transaction. Throws no-such-entity. */
export type TaggedId = (tables: IamQueries) => Promise<string>;

export interface Tags {
  add(find: TaggedId, tags: readonly Tag[]): Promise<void>;
  /** Keys that are not there are no error. */
  remove(find: TaggedId, keys: readonly string[]): Promise<void>;
  list(find: TaggedId): Promise<readonly Tag[]>;
}

export function openTags(store: IamStore): Tags {
  const tables = store.database.tables<IamTables>();
  return {
    add: (find, tags) => store.change(async (transaction) => storeTags(transaction, await find(transaction), tags)),
    remove: (find, keys) =>
      store.change(async (transaction) => {
        const id = await find(transaction);
        for (const key of keys) await deleteTag(transaction, id, key.toLowerCase());
      }),
    list: async (find) => tagsOf(tables, await find(tables)),
  };
}

/** In the order of their keys, without regard to case. */
export async function tagsOf(tables: IamQueries, ownerId: string): Promise<readonly Tag[]> {
  return (await listTags(tables, ownerId)).map(({ key, value }) => ({ Key: key, Value: value }));
}

/** Adds tags, over those of the same key. Throws invalid-input and entity-limit-exceeded. */
export async function storeTags(tables: IamQueries, ownerId: string, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return;
  const folds = new Set(tags.map(({ Key }) => Key.toLowerCase()));
  if (folds.size !== tags.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const reserved = tags.find(({ Key }) => Key.toLowerCase().startsWith('aws:'));
  if (reserved !== undefined) throw invalid(`Tag keys that begin with aws: are reserved: ${reserved.Key}`);
  const kept = (await listTags(tables, ownerId)).filter((row) => !folds.has(row.key_fold));
  if (kept.length + tags.length > limits.iamTagsMax) {
    throw new DomainError('entity-limit-exceeded', 'The number of tags has reached the maximum limit.', {});
  }
  for (const { Key, Value } of tags) {
    await upsertTag(tables, { owner_id: ownerId, key_fold: Key.toLowerCase(), key: Key, value: Value });
  }
}

function invalid(message: string): DomainError {
  return new DomainError('invalid-input', message, {});
}
