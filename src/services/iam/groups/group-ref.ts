// A group's row as the entity that policies hang on.

import type { AccountId } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import type { EntityRef } from '../entities/entity.ts';
import type { GroupRow } from './tables.ts';

export function groupRef(row: GroupRow): EntityRef {
  const accountId = row.account_id as AccountId;
  const arn = iamArn(accountId, 'group', row.path, row.group_name);
  return { kind: 'group', id: row.group_id, accountId, arn, name: row.group_name, path: row.path };
}
