// The operations that are not built yet, a paragraph a folder. They stand in the table and are refused with a plain
// sentence. This list only shrinks.

import type * as Iam from '@aws-sdk/client-iam';
import { later } from '#core/operation.ts';
import type { OperationNames } from '#wire/sdk.ts';

export const laterOperations = {
  // reports
  ListPoliciesGrantingServiceAccess: later,
} as const satisfies Partial<Record<OperationNames<typeof Iam>, typeof later>>;
