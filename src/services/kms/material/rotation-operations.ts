// EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

import { onKey, requireCustomerKey } from '../keys/key-operation.ts';
import { isPendingDeletion } from '../keys/key-states.ts';
import { pageOf } from '../paging.ts';
import { dayMs, type RotatedMaterial, requireRotatable } from './rotation.ts';

const daysDefault = 365;

const enableKeyRotation = onKey('EnableKeyRotation', {
  kind: 'write',
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-unsupported'],
  context: ({ RotationPeriodInDays = daysDefault }) => ({ 'kms:RotationPeriodInDays': String(RotationPeriodInDays) }),
  async handle({ RotationPeriodInDays: days = daysDefault }, key, { keys, clock }, caller) {
    requireCustomerKey(key, 'kms:EnableKeyRotation', caller);
    requireRotatable(key, 'EnableKeyRotation');
    // Asked for again as it is, it goes on as it was: whoever repeats the call does not put rotation off for ever.
    await keys.change('EnableKeyRotation', key, ({ rotation_days }) =>
      rotation_days === days ? {} : { rotation_days: days, rotation_at_ms: clock.nowMs() + days * dayMs },
    );
    return {};
  },
});

const disableKeyRotation = onKey('DisableKeyRotation', {
  kind: 'write',
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-unsupported'],
  async handle(_input, key, { keys }, caller) {
    requireCustomerKey(key, 'kms:DisableKeyRotation', caller);
    requireRotatable(key, 'DisableKeyRotation');
    await keys.change('DisableKeyRotation', key, () => ({ rotation_days: null, rotation_at_ms: null }));
    return {};
  },
});

const getKeyRotationStatus = onKey('GetKeyRotationStatus', {
  kind: 'read',
  acrossAccounts: true,
  handle(_input, key) {
    // Nothing rotates while it waits to be deleted; should that be cancelled, it goes on.
    const rotation = isPendingDeletion(key.state) ? undefined : key.rotation;
    return {
      KeyId: key.arn,
      KeyRotationEnabled: rotation !== undefined,
      ...(rotation && { RotationPeriodInDays: rotation.days, NextRotationDate: new Date(rotation.atMs) }),
    };
  },
});

const rotateKeyOnDemand = onKey('RotateKeyOnDemand', {
  kind: 'write',
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-limit-exceeded', 'kms-unsupported'],
  async handle(_input, key, { rotation }, caller) {
    requireCustomerKey(key, 'kms:RotateKeyOnDemand', caller);
    requireRotatable(key, 'RotateKeyOnDemand');
    await rotation.rotateOnDemand(key);
    return { KeyId: key.arn };
  },
});

const listKeyRotations = onKey('ListKeyRotations', {
  kind: 'read',
  errors: ['kms-marker-invalid', 'kms-key-state-invalid', 'kms-unsupported'],
  async handle(input, key, rooms) {
    const isWhole = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const all = (await rooms.rotation.history(key)).filter(({ kind }) => isWhole || kind !== undefined);
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListKeyRotations ${key.arn} ${isWhole}`,
      limitDefault: 100,
      read: async (after, limit) => {
        const start = all.findIndex(({ materialId }) => materialId === after) + 1;
        return all.slice(start, start + limit);
      },
      keyOf: ({ materialId }) => materialId,
    });
    return { Rotations: items.map((item) => entryOf(key.keyId, item)), ...page };
  },
});

function entryOf(KeyId: string, { materialId, kind, atMs, isCurrent }: RotatedMaterial) {
  return {
    KeyId,
    KeyMaterialId: materialId,
    KeyMaterialState: isCurrent ? ('CURRENT' as const) : ('NON_CURRENT' as const),
    ...(kind && { RotationDate: new Date(atMs), RotationType: kind }),
  };
}

export const rotationOperations = {
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  GetKeyRotationStatus: getKeyRotationStatus,
  RotateKeyOnDemand: rotateKeyOnDemand,
  ListKeyRotations: listKeyRotations,
};
