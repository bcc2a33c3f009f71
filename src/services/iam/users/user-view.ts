// A user as answers show it. Lists show less of it than a look at the one user.

import { boundaryView } from '../boundaries/boundaries.ts';
import type { UserRow } from './tables.ts';
import { userArn } from './user-ref.ts';
import type { UserDetails } from './users.ts';

export function userView(user: UserRow) {
  return {
    Path: user.path,
    UserName: user.user_name,
    UserId: user.user_id,
    Arn: userArn(user),
    CreateDate: new Date(user.created_at_ms),
  };
}

export function userDetailsView({ row, boundary, tags }: UserDetails) {
  return { ...userView(row), ...boundaryView(boundary), ...(tags.length === 0 ? {} : { Tags: tags }) };
}
