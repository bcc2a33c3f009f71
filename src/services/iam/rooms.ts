// What IAM's handlers are given, and what several of them share: whose user, which ARN, which page.

import { iamArn } from '#core/arn.ts';
import type { Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
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

/**
 * One need on the user's ARN. A need is known before any row is read, so a user named by another is taken to have
 * the path `/`; a policy that grants on paths must grant on names as well.
 */
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

/** Cuts a page out of a whole list that is short by its quotas (keys, policies of one user). */
export function pageOfList<Item>(
  rooms: IamRooms,
  scope: string,
  input: PageInput,
  all: readonly Item[],
): ListPage<Item> {
  const start = input.Marker === undefined ? 0 : Number(rooms.pageTokens.decode(scope, input.Marker));
  const end = start + (input.MaxItems ?? limits.pageSizeDefault);
  const items = all.slice(start, end);
  if (end >= all.length) return { items, IsTruncated: false };
  return { items, IsTruncated: true, Marker: rooms.pageTokens.encode(scope, String(end)) };
}
