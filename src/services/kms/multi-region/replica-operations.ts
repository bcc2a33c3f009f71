// ReplicateKey and UpdatePrimaryRegion.

import type { Region } from '#core/account.ts';
import { kmsArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { defaultKeyPolicy } from '../key-policies/key-policies.ts';
import type { KmsKey } from '../keys/key.ts';
import { keyNeed } from '../keys/key-need.ts';
import { onKey } from '../keys/key-operation.ts';
import { keyMetadata } from '../keys/key-view.ts';
import type { KmsRooms } from '../rooms.ts';
import { givenTags, requestTags } from '../tags/given-tags.ts';

const replicateKey = onKey('ReplicateKey', {
  kind: 'write',
  errors: [
    'kms-key-disabled',
    'kms-key-state-invalid',
    'kms-limit-exceeded',
    'kms-malformed-policy',
    'kms-replica-exists',
    'kms-tag-invalid',
    'kms-unsupported',
  ],
  context: ({ ReplicaRegion }) => ({ 'kms:ReplicaRegion': ReplicaRegion }),
  alsoNeeds: ({ Tags = [], ReplicaRegion }, caller) => {
    const { context } = requestTags(Tags);
    const replicas = { 'kms:CallerAccount': caller.accountId, 'kms:ReplicaRegion': ReplicaRegion, ...context };
    const create = { ...need('kms:CreateKey', '*'), context: { ...replicas, 'kms:MultiRegion': 'true' } };
    if (Tags.length === 0) return [create];
    const registry = { accountId: caller.accountId, region: ReplicaRegion as Region };
    return [create, { ...need('kms:TagResource', kmsArn(registry, 'key/*')), context }];
  },
  async handle(input, key, { keyPolicies, replicas, regions }, caller) {
    const region = input.ReplicaRegion as Region;
    if (!regions.includes(region)) {
      throw new DomainError('kms-unsupported', `The region ${region} is not one of this site's.`, {});
    }
    const policy = await keyPolicies.keep(input.Policy ?? defaultKeyPolicy(key.accountId));
    if (input.BypassPolicyLockoutSafetyCheck !== true) {
      keyPolicies.assertNoLockOut(policy, need('kms:PutKeyPolicy', arnIn(key, region)), caller);
    }
    const tags = givenTags(input.Tags ?? []);
    const replica = await replicas.replicate(key, { region, description: input.Description ?? '', policy, tags });
    return {
      ReplicaKeyMetadata: keyMetadata(replica),
      ReplicaPolicy: await keyPolicies.show(policy),
      ReplicaTags: tags.map(({ key: TagKey, value: TagValue }) => ({ TagKey, TagValue })),
    };
  },
});

const updatePrimaryRegion = onKey('UpdatePrimaryRegion', {
  kind: 'write',
  errors: ['kms-key-state-invalid', 'kms-unsupported'],
  context: ({ PrimaryRegion }) => ({ 'kms:PrimaryRegion': PrimaryRegion }),
  async alsoNeeds({ KeyId, PrimaryRegion }, caller, { records }) {
    const id = KeyId.slice(KeyId.lastIndexOf('/') + 1);
    const key = await records.find(PrimaryRegion, id);
    if (key === undefined) return [];
    const context = { 'kms:PrimaryRegion': PrimaryRegion };
    return [keyNeed('UpdatePrimaryRegion', { arn: key.arn, key, alias: undefined }, caller, context)];
  },
  async handle({ PrimaryRegion: region }, key, { replicas }: KmsRooms) {
    if (region === key.region) {
      throw new DomainError('kms-unsupported', `${key.arn} is the primary key already.`, {});
    }
    await replicas.movePrimary(key, region);
    return {};
  },
});

function arnIn({ accountId, keyId }: KmsKey, region: Region): string {
  return kmsArn({ accountId, region }, `key/${keyId}`);
}

export const replicaOperations = { ReplicateKey: replicateKey, UpdatePrimaryRegion: updatePrimaryRegion };
