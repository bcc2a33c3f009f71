// Pages of IAM's lists: a marker that says where the page before ended, good for the same list only.

import { DomainError, isKind } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import { cutPage } from '#std/cut-page.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly IsTruncated: boolean;
  readonly Marker?: string;
}

interface PagingRooms {
  readonly pageTokens: PageTokens;
}

/** Where the page before ended; undefined on the first. Throws validation-failed for a marker that is not ours. */
function afterMarker(rooms: PagingRooms, scope: string, { Marker }: PageInput): string | undefined {
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
  rooms: PagingRooms,
  scope: string,
  input: PageInput,
  { all, keyOf }: { readonly all: readonly Item[]; readonly keyOf: (item: Item) => string },
): ListPage<Item> {
  const after = afterMarker(rooms, scope, input);
  const rest = after === undefined ? all : all.filter((item) => keyOf(item) > after);
  return pageFrom(rest, input, (last) => rooms.pageTokens.encode(scope, keyOf(last)));
}

/** A page of a list that is read from the tables: `read` gives at most `limit` items after the key `after`. */
export async function pageOfTable<Item>(
  rooms: PagingRooms,
  scope: string,
  input: PageInput,
  list: {
    readonly read: (after: string, limit: number) => Promise<readonly Item[]>;
    readonly keyOf: (item: Item) => string;
  },
): Promise<ListPage<Item>> {
  const limit = input.MaxItems ?? limits.pageSizeDefault;
  const rows = await list.read(afterMarker(rooms, scope, input) ?? '', limit + 1);
  return pageFrom(rows, input, (last) => rooms.pageTokens.encode(scope, list.keyOf(last)));
}

function pageFrom<Item>(
  rows: readonly Item[],
  { MaxItems = limits.pageSizeDefault }: PageInput,
  markerOf: (last: Item) => string,
): ListPage<Item> {
  const { items, next } = cutPage(rows, MaxItems, markerOf);
  return next === undefined ? { items, IsTruncated: false } : { items, IsTruncated: true, Marker: next };
}
