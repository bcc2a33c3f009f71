// The condition key iam:PermissionsBoundary: which boundary a call sets, or which one who it is about has.

import type { Need } from '#core/need.ts';

/** The need of a call that sets a boundary; `policyArn` is undefined where the call sets none. */
export function needWithBoundary(one: Need, policyArn: string | undefined): Need {
  if (policyArn === undefined) return one;
  return { ...one, context: { ...one.context, 'iam:PermissionsBoundary': policyArn } };
}

/** Actions on a user or role that see the boundary it has now (service authorization reference of IAM). */
export const actionsOnBounded: ReadonlySet<string> = new Set(
  ['User', 'Role'].flatMap((kind) => [
    `iam:Attach${kind}Policy`,
    `iam:Detach${kind}Policy`,
    `iam:Put${kind}Policy`,
    `iam:Delete${kind}Policy`,
    `iam:Delete${kind}PermissionsBoundary`,
  ]),
);
