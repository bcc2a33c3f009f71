// CreateKey: what is asked for, checked against what there is.

import type * as Kms from '@aws-sdk/client-kms';
import { kmsArn } from '#core/arn.ts';
import { registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { type Need, need } from '#core/need.ts';
import { type InputOf, operation } from '#wire/sdk.ts';
import { defaultKeyPolicy } from '../key-policies/key-policies.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import { givenTags, requestTags } from '../tags/given-tags.ts';
import { requireSpec } from './key-specs.ts';
import { keyMetadata } from './key-view.ts';

type Input = InputOf<typeof Kms, 'CreateKey'>;

export const createKey = operation<typeof Kms, 'CreateKey', KmsRooms>({
  kind: 'write',
  needs(input, caller) {
    const { spec, usage, origin } = wanted(input);
    const tagged = requestTags(input.Tags);
    const context = {
      'kms:CallerAccount': caller.accountId,
      'kms:KeySpec': spec,
      'kms:KeyUsage': usage ?? '',
      'kms:KeyOrigin': origin,
      'kms:MultiRegion': String(input.MultiRegion === true),
      'kms:BypassPolicyLockoutSafetyCheck': String(input.BypassPolicyLockoutSafetyCheck === true),
      ...tagged.context,
    };
    const needs: Need[] = [{ ...need('kms:CreateKey', '*'), context }];
    // The key has no name yet: the right to tag any that may come of it.
    const anyKey = kmsArn(registryOf(caller), 'key/*');
    if ((input.Tags ?? []).length > 0) needs.push({ ...need('kms:TagResource', anyKey), context: tagged.context });
    return needs;
  },
  errors: ['kms-malformed-policy', 'kms-limit-exceeded', 'kms-tag-invalid', 'kms-unsupported', 'validation-failed'],
  audit: { request: recorded, response: recorded },
  async handle(input, caller, { keys, keyPolicies }) {
    const { spec, usage, origin } = wanted(input);
    requireOurs(input);
    const { usages } = requireSpec(spec);
    if (usage === undefined) {
      const message = 'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.';
      throw new DomainError('validation-failed', message, {});
    }
    if (!Object.hasOwn(usages, usage)) {
      throw new DomainError('validation-failed', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`, {});
    }
    const registry = registryOf(caller);
    const isMultiRegion = input.MultiRegion === true;
    const id = keys.newId(isMultiRegion);
    const policy = await keyPolicies.keep(input.Policy ?? defaultKeyPolicy(caller.accountId));
    if (input.BypassPolicyLockoutSafetyCheck !== true) {
      keyPolicies.assertNoLockOut(policy, need('kms:PutKeyPolicy', kmsArn(registry, `key/${id}`)), caller);
    }
    const key = await keys.create(registry, {
      id,
      spec,
      usage,
      origin,
      description: input.Description ?? '',
      isMultiRegion,
      manager: 'CUSTOMER',
      policy,
      tags: givenTags(input.Tags ?? []),
    });
    return { KeyMetadata: keyMetadata(key) };
  },
});

/** Throws validation-failed where both names of the spec are given. */
function wanted({ KeySpec, CustomerMasterKeySpec, KeyUsage, Origin }: Input) {
  if (KeySpec !== undefined && CustomerMasterKeySpec !== undefined) {
    const message =
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is';
    throw new DomainError('validation-failed', `${message} deprecated.`, {});
  }
  const spec = KeySpec ?? CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  const usage = KeyUsage ?? (spec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : undefined);
  return { spec, usage, origin: Origin ?? 'AWS_KMS' };
}

/** Throws kms-unsupported for keys whose material would lie in a store of somebody else. */
function requireOurs({ Origin, CustomKeyStoreId, XksKeyId }: Input): void {
  const isElsewhere = Origin === 'AWS_CLOUDHSM' || Origin === 'EXTERNAL_KEY_STORE';
  if (!isElsewhere && CustomKeyStoreId === undefined && XksKeyId === undefined) return;
  throw new DomainError('kms-unsupported', 'Custom key stores are not served by Sallyport.', {});
}
