// What the handlers of KMS are given.

import type { Clock } from '#core/clock.ts';
import type { Random } from '#core/random.ts';
import type { PageTokens } from '#wire/paging.ts';
import type { Aliases } from './aliases/aliases.ts';
import type { GrantPrincipals } from './grants/grant-principals.ts';
import type { Grants } from './grants/grants.ts';
import type { KeyPolicies } from './key-policies/key-policies.ts';
import type { KeyRecords } from './keys/key-records.ts';
import type { Keys } from './keys/keys.ts';
import type { ManagedKeys } from './managed-keys/managed-keys.ts';
import type { Imports } from './material/imports/imports.ts';
import type { Materials } from './material/materials.ts';
import type { Rotation } from './material/rotation.ts';
import type { Replicas } from './multi-region/replicas.ts';
import type { KeyTags } from './tags/tags.ts';
import type { KeyUsage } from './usage/usage.ts';

export interface KmsRooms {
  readonly records: KeyRecords;
  readonly keys: Keys;
  readonly materials: Materials;
  readonly imports: Imports;
  readonly rotation: Rotation;
  readonly managedKeys: ManagedKeys;
  readonly usage: KeyUsage;
  readonly keyPolicies: KeyPolicies;
  readonly aliases: Aliases;
  readonly grants: Grants;
  readonly grantPrincipals: GrantPrincipals;
  readonly tags: KeyTags;
  readonly replicas: Replicas;
  /** Those that the site serves. */
  readonly regions: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly pageTokens: PageTokens;
}
