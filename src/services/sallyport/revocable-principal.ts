// Whom a revocation means: the unique id behind an ARN, as sessions carry it.

import { parseArn } from '#core/arn.ts';
import { DomainError } from '#core/errors.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';

/** A unique id is given back as it is. Throws validation-failed for an ARN that is nobody's in the account. */
export async function revocablePrincipal(
  name: string,
  accountId: string,
  principals: PrincipalDirectory,
): Promise<string> {
  const arn = parseArn(name);
  if (arn === undefined) return name;
  const id =
    arn.accountId === accountId ? await idOf(arn.service, arn.resource, name, accountId, principals) : undefined;
  if (id !== undefined) return id;
  throw new DomainError('validation-failed', `No principal of this account has the ARN ${name}.`, {});
}

async function idOf(
  service: string,
  resource: string,
  name: string,
  accountId: string,
  principals: PrincipalDirectory,
): Promise<string | undefined> {
  if (service === 'iam') return resource === 'root' ? accountId : principals.idOf(name);
  const [kind, owner = '', session = ''] = resource.split('/');
  if (service !== 'sts') return undefined;
  if (kind === 'federated-user') return `${accountId}:${owner}`;
  // A session's ARN leaves out the path of its role; roles with a path are named by their own ARN or id.
  const roleId = kind === 'assumed-role' ? await principals.idOf(`arn:aws:iam::${accountId}:role/${owner}`) : undefined;
  return roleId === undefined ? undefined : `${roleId}:${session}`;
}
