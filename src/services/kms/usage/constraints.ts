// What KMS demands of each member of the operations of use.

import type { InputConstraints } from '#wire/constraints.ts';
import { key } from '../member-constraints.ts';

export const keyUsageConstraints: Readonly<Record<string, InputConstraints>> = { GetKeyLastUsage: key };
