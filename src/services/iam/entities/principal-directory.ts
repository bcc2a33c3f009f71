// Which principal an ARN or a unique id means: users, until the identity issue brings roles.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { IamStore } from '../iam-store.ts';
import type { IamTables } from '../tables.ts';
import { findUser, findUserById } from '../users/tables.ts';
import { userArn } from '../users/user-ref.ts';

export function openPrincipalDirectory(store: IamStore): PrincipalDirectory {
  const tables = store.database.tables<IamTables>();
  const arnOf = async (id: string) => {
    const user = await findUserById(tables, id);
    return user && userArn(user);
  };
  return {
    arnOf,
    async idOf(name) {
      const arn = parseArn(name);
      if (arn === undefined) return (await arnOf(name)) === undefined ? undefined : name;
      const userName = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
      const user = await findUser(tables, arn.accountId as AccountId, userName);
      // Names are found in any case; an ARN is the user's only when path and capitals are right too.
      return user !== undefined && userArn(user) === name ? user.user_id : undefined;
    },
  };
}
