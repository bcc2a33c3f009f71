// The operations that are not built yet, a paragraph a folder. They stand in the table and are refused with a plain
// sentence. This list only shrinks.

import type * as Kms from '@aws-sdk/client-kms';
import { later } from '#core/operation.ts';
import type { OperationNames } from '#wire/sdk.ts';

export const laterOperations = {
  // cryptography: key encapsulation
  Encapsulate: later,
  Decapsulate: later,
} as const satisfies Partial<Record<OperationNames<typeof Kms>, typeof later>>;
