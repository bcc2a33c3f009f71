// A role as answers show it. Lists show less of it than a look at the one role.

import type { ActivityRow } from '../activity/tables.ts';
import { boundaryView } from '../boundaries/boundaries.ts';
import { percentEncoded } from '../documents.ts';
import { roleRef } from './role-ref.ts';
import type { Role, RoleDetails } from './roles.ts';

export function roleView({ row, trustPolicy }: Role) {
  const { arn, id, name, path } = roleRef(row);
  return {
    Path: path,
    RoleName: name,
    RoleId: id,
    Arn: arn,
    CreateDate: new Date(row.created_at_ms),
    AssumeRolePolicyDocument: percentEncoded(trustPolicy),
    ...(row.description === null ? {} : { Description: row.description }),
    MaxSessionDuration: row.max_session_seconds,
  };
}

export function roleDetailsView(role: RoleDetails) {
  const tags = role.tags.length === 0 ? {} : { Tags: role.tags };
  return { ...roleView(role), ...boundaryView(role.boundary), ...tags };
}

/** Lists of roles do not show it; empty for a role that was never used. */
export function lastUsedView(last: ActivityRow | undefined) {
  return { RoleLastUsed: last === undefined ? {} : { LastUsedDate: new Date(last.used_at_ms), Region: last.region } };
}
