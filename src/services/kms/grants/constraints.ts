// What KMS demands of each member of the operations of grants.

import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { grantTokens, key, keyReference, matching, page } from '../member-constraints.ts';
import { grantOperationNames } from './rights.ts';

const principal: MemberConstraint = {
  length: [1, 256],
  pattern: matching(/^[\w+=,.@:/-]+$/, '^[\\w+=,.@:/-]+$'),
};
const grantId: MemberConstraint = { length: [1, 128] };

export const grantConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateGrant: {
    ...key,
    GranteePrincipal: principal,
    RetiringPrincipal: principal,
    'Operations[]': { enum: grantOperationNames },
    ...grantTokens,
    Name: { length: [1, 256], pattern: matching(/^[a-zA-Z0-9:/_-]+$/, '^[a-zA-Z0-9:/_-]+$') },
  },
  ListGrants: { ...key, ...page, Limit: { range: [1, 100] }, GrantId: grantId, GranteePrincipal: principal },
  ListRetirableGrants: { ...page, Limit: { range: [1, 100] }, RetiringPrincipal: principal },
  RetireGrant: { GrantToken: { length: [1, 8192] }, KeyId: keyReference, GrantId: grantId },
  RevokeGrant: { ...key, GrantId: grantId },
};
