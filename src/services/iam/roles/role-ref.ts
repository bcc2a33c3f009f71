// A role's row as the entity that policies hang on.

import type { AccountId } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import type { EntityRef } from '../entities/entity.ts';
import type { RoleRow } from './tables.ts';

export function roleRef(row: RoleRow): EntityRef {
  const accountId = row.account_id as AccountId;
  const arn = iamArn(accountId, 'role', row.path, row.role_name);
  const { role_id: id, role_name: name, path, service } = row;
  return { kind: 'role', id, accountId, arn, name, path, ...(service === null ? {} : { service }) };
}
