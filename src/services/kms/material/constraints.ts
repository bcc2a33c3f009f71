// What KMS demands of each member of the operations of key material.

import type { InputConstraints } from '#wire/constraints.ts';
import { key, page } from '../member-constraints.ts';

export const materialConstraints: Readonly<Record<string, InputConstraints>> = {
  EnableKeyRotation: { ...key, RotationPeriodInDays: { range: [90, 2560] } },
  DisableKeyRotation: key,
  GetKeyRotationStatus: key,
  RotateKeyOnDemand: key,
  ListKeyRotations: { ...key, ...page, IncludeKeyMaterial: { enum: ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'] } },
};
