// The principal that an ARN names, as it would call: to simulate, test and explain, never to let anybody in.

import type { AccountId } from './account.ts';
import { parseArn } from './arn.ts';
import type { Principal } from './caller.ts';
import type { PrincipalDirectory } from './ports/principal-directory.ts';

/**
 * A user or the root user by its ARN; a role as a session of it that nothing limits, from now for an hour. Undefined
 * when nobody has the ARN.
 */
export async function principalNamed(
  directory: PrincipalDirectory,
  arn: string,
  nowMs: number,
): Promise<Principal | undefined> {
  const { service, accountId = '', resource = '' } = parseArn(arn) ?? {};
  if (service !== 'iam') return undefined;
  const account = accountId as AccountId;
  if (resource === 'root') return { kind: 'root', accountId: account, arn, principalId: accountId };
  const id = await directory.idOf(arn);
  if (id === undefined) return undefined;
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  if (resource.startsWith('user/')) return { kind: 'user', accountId: account, arn, principalId: id, userName: name };
  if (!resource.startsWith('role/')) return undefined;
  return {
    kind: 'assumed-role',
    accountId: account,
    arn: `arn:aws:sts::${accountId}:assumed-role/${name}/simulated`,
    principalId: `${id}:simulated`,
    session: {
      issuedAtMs: nowMs,
      expiresAtMs: nowMs + 3_600_000,
      sourceAddress: '',
      role: { roleId: id, arn, name },
    },
  };
}
