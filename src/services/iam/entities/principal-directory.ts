// Which principal an ARN or a unique id means: users, roles and sessions of roles.

import type { AccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import type { IamStore } from '../iam-store.ts';
import { roleRef } from '../roles/role-ref.ts';
import { findRoleById } from '../roles/tables.ts';
import type { IamQueries, IamTables } from '../tables.ts';
import { findUserById } from '../users/tables.ts';
import { userRef } from '../users/user-ref.ts';
import { findEntity } from './find.ts';

export function openPrincipalDirectory(store: IamStore): PrincipalDirectory {
  const tables = store.database.tables<IamTables>();
  return {
    arnOf: (id) => arnOf(tables, id),
    async idOf(name) {
      if (parseArn(name) === undefined) return (await arnOf(tables, name)) === undefined ? undefined : name;
      return idOfArn(tables, name);
    },
  };
}

async function arnOf(tables: IamQueries, id: string): Promise<string | undefined> {
  if (!id.startsWith('AROA')) {
    const user = await findUserById(tables, id);
    return user && userRef(user).arn;
  }
  const [roleId = '', sessionName] = id.split(':');
  const row = await findRoleById(tables, roleId);
  if (row === undefined) return undefined;
  const { accountId, arn, name } = roleRef(row);
  return sessionName === undefined ? arn : `arn:aws:sts::${accountId}:assumed-role/${name}/${sessionName}`;
}

/** Names are found in any case; an ARN is somebody's only when path and capitals are right too. */
async function idOfArn(tables: IamQueries, arn: string): Promise<string | undefined> {
  const { accountId: account = '', resource = '' } = parseArn(arn) ?? {};
  const accountId = account as AccountId;
  const [, roleName, sessionName] = /^assumed-role\/([^/]+)\/([^/]+)$/.exec(resource) ?? [];
  if (roleName !== undefined) {
    const role = await findEntity(tables, { kind: 'role', accountId, name: roleName });
    return role?.name === roleName ? `${role.id}:${sessionName}` : undefined;
  }
  const kind = resource.startsWith('role/') ? 'role' : 'user';
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const entity = await findEntity(tables, { kind, accountId, name });
  return entity?.arn === arn ? entity.id : undefined;
}
