// Tags of keys: set and taken away, at most so many a key.

import type { KmsKey } from '../keys/key.ts';
import { requireState } from '../keys/key-states.ts';
import { requireRow } from '../keys/require-row.ts';
import type { KmsStore } from '../store/kms-store.ts';
import { requireFew } from './given-tags.ts';
import { deleteKeyTag, listKeyTags, putKeyTag } from './tables.ts';

export interface KeyTags {
  /** Throws kms-limit-exceeded; also what `requireState` does. */
  set(key: KmsKey, tags: KmsKey['tags']): Promise<void>;
  /** A tag that is not there is no error. */
  remove(key: KmsKey, names: readonly string[]): Promise<void>;
}

export function openKeyTags(store: KmsStore): KeyTags {
  return {
    set: (key, tags) =>
      store.change(async (transaction) => {
        const { state } = await requireRow(transaction, key);
        requireState('TagResource', { arn: key.arn, state: state as KmsKey['state'] });
        for (const { key: tag_key, value: tag_value } of tags) {
          await putKeyTag(transaction, { key_id: key.keyId, region: key.region, tag_key, tag_value });
        }
        requireFew((await listKeyTags(transaction, key.region, key.keyId)).length);
      }),
    remove: (key, names) =>
      store.change(async (transaction) => {
        const { state } = await requireRow(transaction, key);
        requireState('UntagResource', { arn: key.arn, state: state as KmsKey['state'] });
        for (const tag_key of names)
          await deleteKeyTag(transaction, { key_id: key.keyId, region: key.region, tag_key });
      }),
  };
}
