// Which key an input means: an id, a key ARN and, where the operation takes them, an alias or an alias ARN.

import { parseAccountId, type RegistryRef } from '#core/account.ts';
import { kmsArn, parseArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import type { KmsKey } from './key.ts';
import type { KeyRecords } from './key-records.ts';

/** What was found, and the ARN that access is asked about where nothing was. */
export interface Target {
  readonly arn: string;
  readonly key: KmsKey | undefined;
  /** `alias/…` where the key was named by one. */
  readonly alias: string | undefined;
}

const keyId = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
export const aliasName = /^alias\/[a-zA-Z0-9/_-]{1,250}$/;

export interface ReferenceOptions {
  /** Where the call is made: what is named without an ARN is in this registry. */
  readonly registry: RegistryRef;
  readonly takesAliases: boolean;
}

/** Throws kms-key-not-found for what is no key's name here, kms-arn-invalid for what is no ARN. */
export function findTarget(records: KeyRecords, text: string, options: ReferenceOptions): MaybePromise<Target> {
  const { registry, resource } = placeOf(text, options.registry);
  if (keyId.test(resource)) {
    const found = records.find(registry.region, resource);
    return goOn(found, (key) => keyTarget(registry, resource, key));
  }
  if (!options.takesAliases || !aliasName.test(resource)) throw invalidKeyId(text);
  return goOn(records.keyIdOf(registry, resource), (id) => {
    if (id === undefined) {
      return { arn: kmsArn(registry, resource as `alias/${string}`), key: undefined, alias: resource };
    }
    return goOn(records.find(registry.region, id), (key) => ({ ...keyTarget(registry, id, key), alias: resource }));
  });
}

/** A key of another account than the reference says is not the one that is meant. */
function keyTarget(registry: RegistryRef, id: string, found: KmsKey | undefined): Target {
  const key = found?.accountId === registry.accountId ? found : undefined;
  return { arn: kmsArn(registry, `key/${id}`), key, alias: undefined };
}

interface Place {
  readonly registry: RegistryRef;
  /** A key's id, or `alias/…`. */
  readonly resource: string;
}

function placeOf(text: string, registry: RegistryRef): Place {
  if (!text.startsWith('arn:')) return { registry, resource: text };
  const arn = parseArn(text);
  const accountId = parseAccountId(arn?.accountId ?? '');
  if (arn === undefined || arn.partition !== 'aws' || arn.service !== 'kms' || accountId === undefined) {
    throw new DomainError('kms-arn-invalid', `Invalid ARN '${text}'`, {});
  }
  if (arn.region !== registry.region) throw new DomainError('kms-key-not-found', `Invalid arn ${arn.region}`, {});
  const { resource } = arn;
  const isKey = resource.startsWith('key/');
  return {
    registry: { accountId, region: registry.region },
    resource: isKey ? resource.slice('key/'.length) : resource,
  };
}

function invalidKeyId(text: string): DomainError {
  return new DomainError('kms-key-not-found', `Invalid keyId '${text}'`, {});
}

/** Throws kms-key-not-found. */
export function requireKey({ arn, key, alias }: Target): KmsKey {
  if (key !== undefined) return key;
  const message = alias === undefined ? `Key '${arn}' does not exist` : `Alias ${arn} is not found.`;
  throw new DomainError('kms-key-not-found', message, {});
}
