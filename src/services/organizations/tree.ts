// The organisation as a tree: the root, the units below it, and the accounts in them.

import { parseAccountId } from '#core/account.ts';
import { notFound } from './refusals.ts';
import type { MemberAccount, Organization, OrganizationsRooms } from './rooms.ts';

/** Accounts in the order of their ids; one whose content was removed is no member any more. */
export async function membersOf({ accounts }: Pick<OrganizationsRooms, 'accounts'>): Promise<readonly MemberAccount[]> {
  const all = (await accounts.list()).filter(({ state }) => state !== 'removed');
  return all.toSorted((one, other) => (one.accountId < other.accountId ? -1 : 1));
}

export async function findMember(
  { accounts }: Pick<OrganizationsRooms, 'accounts'>,
  id: string,
): Promise<MemberAccount | undefined> {
  const accountId = parseAccountId(id);
  const found = accountId && (await accounts.find(accountId));
  return found?.state === 'removed' ? undefined : found;
}

/** In the order of their ids. */
export function unitsIn({ parents }: Organization, parentId: string): readonly string[] {
  return [...parents].flatMap(([id, parent]) => (parent === parentId ? [id] : [])).toSorted();
}

export function isUnit(organization: Organization, id: string): boolean {
  return organization.parents.has(id);
}

/** Throws parent-not-found for what is neither the root nor a unit. */
export function requireParent(organization: Organization, id: string): void {
  if (id !== organization.rootId && !isUnit(organization, id)) throw notFound('parent-not-found');
}

/** `o-…/r-…/ou-…/`, from the organisation down to the root, a unit or an account. */
export function pathTo(organization: Organization, id: string): string {
  let path = `${id}/`;
  for (let at = parentOf(organization, id); at !== undefined; at = parentOf(organization, at)) path = `${at}/${path}`;
  return `${organization.id}/${path}`;
}

/** Undefined for the root alone. */
export function parentOf(organization: Organization, id: string): string | undefined {
  if (id === organization.rootId) return undefined;
  return organization.parents.get(id) ?? organization.unitOf(id);
}
