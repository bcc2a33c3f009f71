// EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations.

import type { RotationsListEntry } from '@aws-sdk/client-kms';
import { onKey, requireCustomerKey } from '../keys/key-operation.ts';
import { isPendingDeletion } from '../keys/key-states.ts';
import { pageOf } from '../paging.ts';
import type { MaterialEntry } from './history.ts';
import { dayMs, requireRotatable, requireSymmetric } from './rotation.ts';

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
  async handle(_input, key, { rotation, imports }, caller) {
    requireCustomerKey(key, 'kms:RotateKeyOnDemand', caller);
    requireRotatable(key, 'RotateKeyOnDemand', ['AWS_KMS', 'EXTERNAL']);
    await (key.origin === 'EXTERNAL' ? imports.rotate(key) : rotation.rotateOnDemand(key));
    return { KeyId: key.arn };
  },
});

const listKeyRotations = onKey('ListKeyRotations', {
  kind: 'read',
  errors: ['kms-marker-invalid', 'kms-key-state-invalid', 'kms-unsupported'],
  async handle(input, key, rooms) {
    requireSymmetric(key, 'ListKeyRotations');
    const isWhole = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const whole = await (key.origin === 'EXTERNAL' ? rooms.imports : rooms.rotation).history(key);
    const all = whole.filter(({ rotation }) => isWhole || rotation !== undefined);
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

function entryOf(KeyId: string, { materialId, state, rotation, imported }: MaterialEntry): RotationsListEntry {
  return {
    KeyId,
    KeyMaterialId: materialId,
    KeyMaterialState: state,
    ...(imported && importedEntry(imported)),
    ...(rotation && { RotationDate: new Date(rotation.atMs), RotationType: rotation.kind }),
  };
}

function importedEntry({
  isThere,
  validToMs,
  description,
}: NonNullable<MaterialEntry['imported']>): RotationsListEntry {
  const ends = validToMs === undefined ? {} : { ValidTo: new Date(validToMs) };
  const ExpirationModel = validToMs === undefined ? 'KEY_MATERIAL_DOES_NOT_EXPIRE' : 'KEY_MATERIAL_EXPIRES';
  return {
    ImportState: isThere ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(isThere && { ExpirationModel, ...ends }),
    ...(description !== undefined && { KeyMaterialDescription: description }),
  };
}

export const rotationOperations = {
  EnableKeyRotation: enableKeyRotation,
  DisableKeyRotation: disableKeyRotation,
  GetKeyRotationStatus: getKeyRotationStatus,
  RotateKeyOnDemand: rotateKeyOnDemand,
  ListKeyRotations: listKeyRotations,
};
