// Opens KMS over a database: what its door works on, what the corridor asks of it, and what it does by itself.

import type { AccountId } from '#core/account.ts';
import { limits } from '#core/limits.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { Job } from '#jobs/job.ts';
import type { Step } from '#jobs/steps.ts';
import { openAliases } from './aliases/aliases.ts';
import { openGrantPrincipals } from './grants/grant-principals.ts';
import { openGrants } from './grants/grants.ts';
import { openKeyPolicies } from './key-policies/key-policies.ts';
import { removeKeysOf } from './keys/account-removal.ts';
import { type Deletion, openDeletion } from './keys/deletion.ts';
import { openKeyRecords } from './keys/key-records.ts';
import { openKeys } from './keys/keys.ts';
import { openManagedKeys } from './managed-keys/managed-keys.ts';
import { type Imports, openImports } from './material/imports/imports.ts';
import { openMaterials } from './material/materials.ts';
import { openRotation, type Rotation } from './material/rotation.ts';
import { openReplicas } from './multi-region/replicas.ts';
import { eraseSlotsOf } from './repository-keys/tables.ts';
import type { KmsRooms } from './rooms.ts';
import { type KmsStoreOptions, openKmsStore } from './store/kms-store.ts';
import { openKeyTags } from './tags/tags.ts';
import { openKeyUsage } from './usage/usage.ts';

/** What happens to keys without anybody asking. */
export interface KmsUpkeep {
  readonly deletion: Deletion;
  readonly rotation: Pick<Rotation, 'due' | 'rotateDue'>;
  readonly imports: Pick<Imports, 'due' | 'expire'>;
}

export interface Kms {
  /** What the door is given, but for what the site adds. */
  readonly rooms: Omit<KmsRooms, 'pageTokens' | 'regions'>;
  /** Facts of `arn:aws:kms:…` for access. */
  readonly keyFacts: PolicySource['ofResource'];
  /** Calls back with every change of keys, policies or grants by this process. */
  readonly onChange: (listener: () => void) => void;
  readonly upkeep: KmsUpkeep;
  /** Calls back after this process has destroyed a key. */
  readonly onErased: (listener: () => Promise<void>) => void;
  /** One step of removing what a closed account had. */
  readonly removeSome: (accountId: AccountId) => Promise<Step>;
  /** Of each process: its notes are written. */
  readonly jobs: readonly Job[];
  /** Overwrites all key material that was opened. */
  close(): Promise<void>;
}

export interface KmsOptions extends KmsStoreOptions {
  readonly principals: PrincipalDirectory;
  readonly hasAccount: (accountId: string) => Promise<boolean>;
  /** How long opened material is kept; `limits.keyCacheMs` when left out, 0: not at all. */
  readonly cacheMs?: number;
}

export function openKms({ principals, hasAccount, cacheMs = limits.keyCacheMs, ...options }: KmsOptions): Kms {
  const store = openKmsStore(options);
  const records = openKeyRecords(store);
  const keys = openKeys(store);
  const materials = openMaterials(store, cacheMs);
  const imports = openImports(store);
  const rotation = openRotation(store);
  const usage = openKeyUsage(store);
  const deletion = openDeletion(store);
  // What a deleted key has opened goes with it, in the same transaction.
  deletion.onDeletion(({ keyArn }, transaction) => eraseSlotsOf(transaction, keyArn));
  const listeners: Array<() => Promise<void>> = [];
  const erased = async <Result>(result: Result): Promise<Result> => {
    for (const listener of listeners) await listener();
    return result;
  };
  return {
    rooms: {
      records,
      keys,
      materials,
      imports,
      replicas: openReplicas(store),
      rotation,
      usage,
      managedKeys: openManagedKeys(keys, records),
      keyPolicies: openKeyPolicies(store, principals),
      aliases: openAliases(store),
      grants: openGrants(store),
      grantPrincipals: openGrantPrincipals(principals, hasAccount),
      tags: openKeyTags(store),
      clock: options.clock,
      random: options.random,
    },
    keyFacts: records.facts,
    onChange: store.onAnyChange,
    upkeep: {
      deletion: { ...deletion, execute: (row) => deletion.execute(row).then(erased) },
      rotation,
      imports,
    },
    onErased: (listener) => void listeners.push(listener),
    removeSome: (accountId) => removeKeysOf(store, deletion, accountId).then(erased),
    jobs: [usage.job],
    close: () => materials.close(),
  };
}
