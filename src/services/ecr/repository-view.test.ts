// How a repository looks in an answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId, parseRegion } from '#core/account.ts';
import type { Addresses } from '#core/addresses.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import type { Repository } from '#registry/registry.ts';
import { repositoryView } from './repository-view.ts';

test('an answer shows settings, times and address, and no member for what is not set', () => {
  const accountId = parseAccountId('123456789012');
  const region = parseRegion('eu-west-1');
  assert.ok(accountId !== undefined && region !== undefined);
  const repository: Repository = {
    id: 7,
    registry: { accountId, region },
    name: 'team/app',
    arn: 'arn:aws:ecr:eu-west-1:123456789012:repository/team/app',
    createdAtMs: 1000,
    tagMutability: { mode: 'MUTABLE', exclusionFilters: [] },
    scanOnPush: false,
    encryption: { type: 'AES256' },
    keyDomain: 'x' as KeyDomainId,
    keySlot: undefined,
  };
  const repositoryUri: Addresses['repositoryUri'] = (registry, name) => `${registry.accountId}.example/${name}`;
  assert.deepEqual(repositoryView(repository, { repositoryUri } as Addresses), {
    repositoryArn: repository.arn,
    registryId: '123456789012',
    repositoryName: 'team/app',
    repositoryUri: '123456789012.example/team/app',
    createdAt: new Date(1000),
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: false },
    encryptionConfiguration: { encryptionType: 'AES256' },
  });
});
