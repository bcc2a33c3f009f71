// AWS's own keys, `alias/aws/…`: made in an account and region when something first needs one.

import type { RegistryRef } from '#core/account.ts';
import type { KmsKey } from '../keys/key.ts';
import type { KeyRecords } from '../keys/key-records.ts';
import type { Target } from '../keys/key-reference.ts';
import type { Keys } from '../keys/keys.ts';
import { managedKeyForm } from './services.ts';

export interface ManagedKeys {
  /** The key of `alias/aws/…`, made when it is not there; undefined for an alias of no service. */
  ensure(registry: RegistryRef, alias: string): Promise<KmsKey | undefined>;
  /** The same for what an input named; undefined unless it is such an alias of the own registry, without a key. */
  ofTarget(target: Target, registry: RegistryRef): Promise<KmsKey> | undefined;
}

const rotationDays = 365;

export function openManagedKeys(keys: Keys, records: KeyRecords): ManagedKeys {
  const make = (registry: RegistryRef, alias: string): Promise<KmsKey> | undefined => {
    const form = managedKeyForm(alias, registry);
    if (form === undefined) return undefined;
    return keys.create(registry, {
      id: keys.newId(false),
      spec: 'SYMMETRIC_DEFAULT',
      usage: 'ENCRYPT_DECRYPT',
      origin: 'AWS_KMS',
      isMultiRegion: false,
      manager: 'AWS',
      tags: [],
      alias,
      rotationDays,
      ...form,
    });
  };
  return {
    async ensure(registry, alias) {
      const known = await records.keyIdOf(registry, alias);
      return known === undefined ? make(registry, alias) : records.find(registry.region, known);
    },
    ofTarget({ key, alias, arn }, registry) {
      if (key !== undefined || alias === undefined || arn.split(':')[4] !== registry.accountId) return undefined;
      return make(registry, alias);
    },
  };
}
