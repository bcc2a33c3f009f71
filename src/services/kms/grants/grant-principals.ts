// Whom a grant names: kept by unique id, so that a namesake of somebody who was deleted gets nothing, shown by ARN.

import { namePrincipal } from '#access/principals.ts';
import { parseAccountId } from '#core/account.ts';
import { parseArn } from '#core/arn.ts';
import type { Principal } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';

export interface GrantPrincipals {
  /** As it is kept. Throws kms-arn-invalid for somebody who does not exist. */
  keep(name: string): Promise<string>;
  /** The same for a filter: who is gone may be named as the list shows them. Undefined for nobody. */
  find(name: string): Promise<string | undefined>;
  show(kept: string): Promise<string>;
}

const serviceName = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/;
const uniqueId = /^(AIDA|AROA)[A-Z0-9]+(:[\w+=,.@-]+)?$/;
const federatedUser = /^federated-user\/[\w+=,.@-]+$/;

export function openGrantPrincipals(
  directory: PrincipalDirectory,
  hasAccount: (accountId: string) => Promise<boolean>,
): GrantPrincipals {
  const idOf = async (name: string): Promise<string | undefined> => {
    if (serviceName.test(name)) return name;
    const accountId = parseAccountId(name);
    if (accountId !== undefined) return (await hasAccount(accountId)) ? accountRoot(accountId) : undefined;
    const { partition, service, accountId: owner = '', resource = '' } = parseArn(name) ?? {};
    if (partition !== 'aws' || (service !== 'iam' && service !== 'sts')) return undefined;
    if (service === 'iam' && resource === 'root') return (await hasAccount(owner)) ? name : undefined;
    // Whoever may make credentials for such a user chooses its name: it is there as soon as its account is.
    if (service === 'sts' && federatedUser.test(resource)) return (await hasAccount(owner)) ? name : undefined;
    return directory.idOf(name);
  };
  return {
    async keep(name) {
      const id = await idOf(name);
      if (id !== undefined) return id;
      throw new DomainError('kms-arn-invalid', `ARN does not refer to a valid principal: ${name}`, {});
    },
    find: async (name) => (uniqueId.test(name) ? name : idOf(name)),
    show: async (kept) => (uniqueId.test(kept) ? ((await directory.arnOf(kept)) ?? kept) : kept),
  };
}

/** Under which names grants are to this principal itself, and under which to its account. */
export interface GranteeNames {
  readonly own: readonly string[];
  readonly account: string | undefined;
}

/** A session of a role has what is granted to the role, a federated user what is to the user for whom it acts. */
export function granteeNames(principal: Principal): GranteeNames {
  const { kind, arn, accountId, principalId } = principal;
  const account = accountRoot(accountId);
  if (kind === 'service') return { own: [arn], account: undefined };
  if (kind === 'web-identity') return { own: [], account: undefined };
  if (kind === 'root') return { own: [account], account: undefined };
  const { behindId } = namePrincipal(principal);
  const itself = kind === 'federated-user' ? arn : principalId;
  return { own: behindId === undefined ? [itself] : [itself, behindId], account };
}

function accountRoot(accountId: string): string {
  return `arn:aws:iam::${accountId}:root`;
}
