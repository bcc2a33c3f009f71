// Policies that name principals are kept by unique id and shown by ARN, so that a namesake of somebody who was deleted
// inherits nothing (iam.md §1).

import type { PrincipalDirectory } from '#core/ports/principal-directory.ts';
import { type PrincipalName, principalNames, renamePrincipals } from './principal-names.ts';

/**
 * The policy with unique ids in place of ARNs. `text` is a valid policy. Throws what `refuse` makes of a user or role
 * that does not exist.
 */
export async function keptByIds(
  text: string,
  principals: PrincipalDirectory,
  refuse: (unknown: PrincipalName) => Error,
): Promise<string> {
  const ids = new Map<string, string>();
  for (const principal of principalNames(text)) {
    const id = await principals.idOf(principal.name);
    if (id === undefined) throw refuse(principal);
    ids.set(principal.name, id);
  }
  return renamePrincipals(text, ids);
}

/** The policy as its owner reads it: only of principals that are gone the unique id is left. */
export async function shownByArns(text: string, principals: PrincipalDirectory): Promise<string> {
  const arns = new Map<string, string>();
  for (const { name } of principalNames(text)) {
    const arn = await principals.arnOf(name);
    if (arn !== undefined) arns.set(name, arn);
  }
  return renamePrincipals(text, arns);
}
