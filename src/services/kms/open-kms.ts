// Opens KMS over a database: what its door works on, and what the corridor asks of it.

import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { openAliases } from './aliases/aliases.ts';
import { openKeyPolicies } from './key-policies/key-policies.ts';
import { openKeyRecords } from './keys/key-records.ts';
import { openKeys } from './keys/keys.ts';
import { openMaterials } from './material/materials.ts';
import type { KmsRooms } from './rooms.ts';
import { type KmsStoreOptions, openKmsStore } from './store/kms-store.ts';
import { openKeyTags } from './tags/tags.ts';

export interface Kms {
  /** What the door is given, but for what the site adds. */
  readonly rooms: Omit<KmsRooms, 'pageTokens'>;
  /** Facts of `arn:aws:kms:…` for access. */
  readonly keyFacts: PolicySource['ofResource'];
}

export interface KmsOptions extends KmsStoreOptions {
  readonly principals: PrincipalDirectory;
}

export function openKms({ principals, ...options }: KmsOptions): Kms {
  const store = openKmsStore(options);
  const records = openKeyRecords(store);
  return {
    rooms: {
      records,
      keys: openKeys(store),
      materials: openMaterials(store),
      keyPolicies: openKeyPolicies(store, principals),
      aliases: openAliases(store),
      tags: openKeyTags(store),
      clock: options.clock,
      random: options.random,
    },
    keyFacts: records.facts,
  };
}
