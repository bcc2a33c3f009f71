// What is read of keys and changed about them but for their material: descriptions, states, deletion.

import type * as Kms from '@aws-sdk/client-kms';
import { kmsArn } from '#core/arn.ts';
import { registryOf } from '#core/caller.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { listReplicas } from '../multi-region/tables.ts';
import { pageOf } from '../paging.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import { createKey } from './create-key.ts';
import { deleteDeletionRequest, putDeletionRequest } from './deletion-requests/tables.ts';
import { onKey, requireCustomerKey } from './key-operation.ts';
import { keyMetadata } from './key-view.ts';

const dayMs = 24 * 3600 * 1000;
const deletionDaysDefault = 30;

const describeKey = onKey('DescribeKey', {
  kind: 'read',
  takesAliases: true,
  makesManagedKeys: true,
  acrossAccounts: true,
  handle: (_input, key) => ({ KeyMetadata: keyMetadata(key) }),
});

const listKeys = operation<typeof Kms, 'ListKeys', KmsRooms>({
  kind: 'read',
  needs: (_input, { accountId }) => [{ ...need('kms:ListKeys', '*'), context: { 'kms:CallerAccount': accountId } }],
  errors: ['kms-marker-invalid'],
  audit: { request: recorded },
  async handle(input, caller, rooms) {
    const registry = registryOf(caller);
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListKeys ${registry.accountId} ${registry.region}`,
      limitDefault: 100,
      read: (after, limit) => rooms.keys.list(registry, after, limit),
      keyOf: (id) => id,
    });
    return { Keys: items.map((KeyId) => ({ KeyId, KeyArn: kmsArn(registry, `key/${KeyId}`) })), ...page };
  },
});

const enableKey = onKey('EnableKey', {
  kind: 'write',
  errors: ['kms-key-state-invalid', 'kms-limit-exceeded'],
  async handle(_input, key, { keys }, caller) {
    requireCustomerKey(key, 'kms:EnableKey', caller);
    await keys.change('EnableKey', key, () => ({ state: 'Enabled' }));
    return {};
  },
});

const disableKey = onKey('DisableKey', {
  kind: 'write',
  errors: ['kms-key-state-invalid'],
  async handle(_input, key, { keys }, caller) {
    requireCustomerKey(key, 'kms:DisableKey', caller);
    await keys.change('DisableKey', key, () => ({ state: 'Disabled' }));
    return {};
  },
});

const updateKeyDescription = onKey('UpdateKeyDescription', {
  kind: 'write',
  errors: ['kms-key-state-invalid'],
  async handle({ Description }, key, { keys }, caller) {
    requireCustomerKey(key, 'kms:UpdateKeyDescription', caller);
    await keys.change('UpdateKeyDescription', key, () => ({ description: Description }));
    return {};
  },
});

const scheduleKeyDeletion = onKey('ScheduleKeyDeletion', {
  kind: 'write',
  errors: ['kms-key-state-invalid'],
  context: ({ PendingWindowInDays = deletionDaysDefault }) => ({
    'kms:ScheduleKeyDeletionPendingWindowInDays': String(PendingWindowInDays),
  }),
  async handle({ PendingWindowInDays = deletionDaysDefault }, key, { keys, clock }, caller) {
    requireCustomerKey(key, 'kms:ScheduleKeyDeletion', caller);
    const atMs = clock.nowMs() + PendingWindowInDays * dayMs;
    let hasReplicas = false;
    await keys.change('ScheduleKeyDeletion', key, async (row, transaction) => {
      hasReplicas = (await listReplicas(transaction, row)).length > 0;
      const { principal, call } = caller;
      const request = { asked_by: principal.arn, asked_at_ms: clock.nowMs(), request_id: call.requestId };
      await putDeletionRequest(transaction, { key_id: row.key_id, region: row.region, ...request });
      // The time of a primary begins once its replicas are gone.
      const when = hasReplicas
        ? { state: 'PendingReplicaDeletion', deletion_at_ms: null }
        : { state: 'PendingDeletion', deletion_at_ms: atMs };
      return { ...when, deletion_window_days: PendingWindowInDays };
    });
    if (hasReplicas) return { KeyId: key.arn, KeyState: 'PendingReplicaDeletion' as const, PendingWindowInDays };
    return { KeyId: key.arn, DeletionDate: new Date(atMs), KeyState: 'PendingDeletion' as const, PendingWindowInDays };
  },
});

const cancelKeyDeletion = onKey('CancelKeyDeletion', {
  kind: 'write',
  errors: ['kms-key-state-invalid'],
  async handle(_input, key, { keys }) {
    await keys.change('CancelKeyDeletion', key, async (row, transaction) => {
      await deleteDeletionRequest(transaction, row);
      const state = row.material_id === null ? 'PendingImport' : 'Disabled';
      return { state, deletion_at_ms: null, deletion_window_days: null };
    });
    return { KeyId: key.arn };
  },
});

export const keyOperations = {
  CreateKey: createKey,
  DescribeKey: describeKey,
  ListKeys: listKeys,
  EnableKey: enableKey,
  DisableKey: disableKey,
  UpdateKeyDescription: updateKeyDescription,
  ScheduleKeyDeletion: scheduleKeyDeletion,
  CancelKeyDeletion: cancelKeyDeletion,
};
