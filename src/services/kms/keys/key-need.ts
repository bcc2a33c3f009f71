// What using or changing a key needs: the action on the key, with the condition keys that key policies ask for.

import type { Caller } from '#core/caller.ts';
import type { Need, NeedContext } from '#core/need.ts';
import type { KmsKey } from './key.ts';
import type { Target } from './key-reference.ts';

/** `context` is what the operation itself adds. */
export function keyNeed(action: string, { arn, key, alias }: Target, caller: Caller, context: NeedContext = {}): Need {
  const requestAlias: NeedContext = alias === undefined ? {} : { 'kms:RequestAlias': alias };
  const resource = key?.arn ?? arn;
  return {
    action: `kms:${action}`,
    resource,
    context: {
      'kms:CallerAccount': caller.accountId,
      ...(caller.via === undefined ? {} : { 'kms:ViaService': caller.via }),
      ...requestAlias,
      ...(key && keyContext(key)),
      ...context,
    },
  };
}

function keyContext(key: KmsKey): NeedContext {
  return {
    'kms:KeySpec': key.spec,
    'kms:KeyUsage': key.usage,
    'kms:KeyOrigin': key.origin,
    'kms:MultiRegion': String(key.primaryRegion !== undefined),
    ...(key.aliases.length === 0 ? {} : { 'kms:ResourceAliases': key.aliases }),
  };
}

/** `kms:EncryptionContext:<name>` for each pair, and `kms:EncryptionContextKeys`. */
export function encryptionContextKeys(context: Readonly<Record<string, string>> | undefined): NeedContext {
  const names = Object.keys(context ?? {});
  if (context === undefined || names.length === 0) return {};
  const pairs = names.map((name): [string, string] => [`kms:EncryptionContext:${name}`, context[name] ?? '']);
  return { ...Object.fromEntries(pairs), 'kms:EncryptionContextKeys': names };
}

/** Whether it is a service that asks, for what it keeps for the caller. */
export function forAwsResource({ via }: Caller): NeedContext {
  return { 'kms:GrantIsForAWSResource': String(via !== undefined) };
}
