// A user's row as the entity that policies hang on.

import type { AccountId } from '#core/account.ts';
import { iamArn } from '#core/arn.ts';
import type { EntityRef } from '../entities/entity.ts';
import type { UserRow } from './tables.ts';

export function userArn(user: Pick<UserRow, 'account_id' | 'path' | 'user_name'>): string {
  return iamArn(user.account_id as AccountId, 'user', user.path, user.user_name);
}

export function userRef(row: UserRow): EntityRef {
  return {
    kind: 'user',
    id: row.user_id,
    accountId: row.account_id as AccountId,
    arn: userArn(row),
    name: row.user_name,
    path: row.path,
  };
}
