// Pages of the lists at Sallyport's own door: maxResults and nextToken in, nextToken out.

import { limits } from '#core/limits.ts';
import { cutPage } from '#std/cut-page.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface PageInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface PagedList<Item> {
  /** At most `limit` items after the key `after`, in the order of their keys. */
  readonly read: (after: string, limit: number) => Promise<readonly Item[]>;
  readonly keyOf: (item: Item) => string;
}

/** `scope` is everything that decides what is listed, so that no token fits another list. */
export async function pageOf<Item>(
  pageTokens: PageTokens,
  scope: string,
  { maxResults = limits.pageSizeDefault, nextToken }: PageInput,
  { read, keyOf }: PagedList<Item>,
): Promise<{ readonly items: readonly Item[]; readonly nextToken?: string }> {
  const after = nextToken === undefined ? '' : pageTokens.decode(scope, nextToken);
  const found = await read(after, maxResults + 1);
  const { items, next } = cutPage(found, maxResults, (last) => pageTokens.encode(scope, keyOf(last)));
  return next === undefined ? { items } : { items, nextToken: next };
}
