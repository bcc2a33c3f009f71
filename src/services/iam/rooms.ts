// What IAM's handlers are given, and what several of them share: whose user, which ARN, which page.

import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { type Need, need } from '#core/need.ts';
import type { PageTokens } from '#wire/paging.ts';
import type { UserPolicies } from './policies.ts';
import type { Users } from './users.ts';

export interface IamRooms {
  readonly users: Users;
  readonly policies: UserPolicies;
  readonly pageTokens: PageTokens;
}

interface UserInput {
  readonly UserName?: string;
}

/** The named user, else the caller, who then must be a user. */
export function userNameOf(input: UserInput, caller: Caller): string {
  const userName = input.UserName ?? caller.principal.userName;
  if (userName !== undefined) return userName;
  throw new DomainError('validation-failed', 'Must specify userName when calling with non-User credentials', {});
}

/** One need on the user's ARN. The path of a user named by another is not known yet: access asks for its facts. */
export function needOnUser(action: string): (input: UserInput, caller: Caller) => readonly Need[] {
  return (input, caller) => {
    const { accountId, principal } = caller;
    const own = input.UserName === undefined || input.UserName === principal.userName;
    if (own && principal.kind === 'user') return [need(action, principal.arn)];
    return [need(action, iamArn(accountId, 'user', '/', input.UserName ?? '*'))];
  };
}

interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

/** Where the page before ended; undefined on the first. Throws validation-failed for a marker that is not ours. */
export function afterMarker(rooms: IamRooms, scope: string, { Marker }: PageInput): string | undefined {
  try {
    return Marker === undefined ? undefined : rooms.pageTokens.decode(scope, Marker);
  } catch (error) {
    if (!isKind(error, 'invalid-next-token')) throw error;
    throw new DomainError('validation-failed', 'Invalid Marker.', {});
  }
}

/**
 * Cuts a page out of a whole list that is short by its quotas (keys, policies of one user). The list is in the order
 * of its keys, and a page goes on after the last key shown, whatever was deleted since.
 */
export function pageOfList<Item>(
  rooms: IamRooms,
  scope: string,
  input: PageInput,
  { all, keyOf }: { readonly all: readonly Item[]; readonly keyOf: (item: Item) => string },
): ListPage<Item> {
  const after = afterMarker(rooms, scope, input);
  const rest = after === undefined ? all : all.filter((item) => keyOf(item) > after);
  const items = rest.slice(0, input.MaxItems ?? limits.pageSizeDefault);
  const last = items.at(-1);
  if (last === undefined || items.length === rest.length) return { items, IsTruncated: false };
  return { items, IsTruncated: true, Marker: rooms.pageTokens.encode(scope, keyOf(last)) };
}
