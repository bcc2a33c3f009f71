// A grant as lists of them show it.

import type { GrantListEntry } from '@aws-sdk/client-kms';
import type { Grant } from './grant.ts';
import type { GrantPrincipals } from './grant-principals.ts';
import { operationsOf } from './rights.ts';

/** Of principals that are gone only the unique id is left. */
export async function grantView(grant: Grant, keyArn: string, principals: GrantPrincipals): Promise<GrantListEntry> {
  const { grantId, name, createdAtMs, grantee, retiring, issuingAccount, operations, constraint } = grant;
  return {
    KeyId: keyArn,
    GrantId: grantId,
    ...(name === undefined ? {} : { Name: name }),
    CreationDate: new Date(createdAtMs),
    GranteePrincipal: await principals.show(grantee),
    ...(retiring === undefined ? {} : { RetiringPrincipal: await principals.show(retiring) }),
    IssuingAccount: `arn:aws:iam::${issuingAccount}:root`,
    Operations: operationsOf(operations),
    ...(constraint === undefined ? {} : { Constraints: { [constraint.type]: constraint.context } }),
  };
}
