// Pages of the lists of this door: MaxResults and NextToken in, NextToken out.

import { limits } from '#core/limits.ts';
import { cutPage } from '#std/cut-page.ts';
import type { OrganizationsRooms } from './rooms.ts';

interface PageInput {
  readonly MaxResults?: number;
  readonly NextToken?: string;
}

interface List<Item> {
  /** All there are, in the order of their keys. */
  readonly all: readonly Item[];
  readonly keyOf: (item: Item) => string;
}

/** `scope` is everything that decides what is listed, so that no token fits another list. Throws invalid-next-token. */
export function pageOf<Item>(
  { pageTokens }: Pick<OrganizationsRooms, 'pageTokens'>,
  scope: readonly string[],
  { MaxResults = limits.organizationsPageSizeMax, NextToken }: PageInput,
  { all, keyOf }: List<Item>,
): { readonly items: readonly Item[]; readonly NextToken?: string } {
  const name = JSON.stringify(scope);
  const after = NextToken === undefined ? '' : pageTokens.decode(name, NextToken);
  const left = all.filter((item) => keyOf(item) > after);
  const { items, next } = cutPage(left, MaxResults, (last) => pageTokens.encode(name, keyOf(last)));
  return next === undefined ? { items } : { items, NextToken: next };
}
