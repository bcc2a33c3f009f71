// Put and delete permissions boundaries of users and roles.

import type * as Iam from '@aws-sdk/client-iam';
import type { Caller } from '#core/caller.ts';
import { operation } from '#wire/sdk.ts';
import { changeErrors, type EntityInput, needOn, ownerOf } from '../entities/names.ts';
import type { IamRooms } from '../rooms.ts';
import { needWithBoundary } from './needs.ts';

type Bounded = 'user' | 'role';
type PutInput = EntityInput & { readonly PermissionsBoundary: string };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html */
const putting = (kind: Bounded, action: string) => ({
  kind: 'write' as const,
  needs: (input: PutInput, caller: Caller) =>
    needOn(kind, action)(input, caller).map((one) => needWithBoundary(one, input.PermissionsBoundary)),
  errors: changeErrors(kind, 'policy-not-attachable'),
  async handle(input: PutInput, caller: Caller, { boundaries }: IamRooms) {
    await boundaries.put(ownerOf(kind, input, caller), input.PermissionsBoundary);
    return {};
  },
});

const deleting = (kind: Bounded, action: string) => ({
  kind: 'write' as const,
  needs: needOn(kind, action),
  errors: changeErrors(kind),
  async handle(input: EntityInput, caller: Caller, { boundaries }: IamRooms) {
    await boundaries.remove(ownerOf(kind, input, caller));
    return {};
  },
});

export const boundaryOperations = {
  PutUserPermissionsBoundary: operation<typeof Iam, 'PutUserPermissionsBoundary', IamRooms>(
    putting('user', 'iam:PutUserPermissionsBoundary'),
  ),
  DeleteUserPermissionsBoundary: operation<typeof Iam, 'DeleteUserPermissionsBoundary', IamRooms>(
    deleting('user', 'iam:DeleteUserPermissionsBoundary'),
  ),
  PutRolePermissionsBoundary: operation<typeof Iam, 'PutRolePermissionsBoundary', IamRooms>(
    putting('role', 'iam:PutRolePermissionsBoundary'),
  ),
  DeleteRolePermissionsBoundary: operation<typeof Iam, 'DeleteRolePermissionsBoundary', IamRooms>(
    deleting('role', 'iam:DeleteRolePermissionsBoundary'),
  ),
};
