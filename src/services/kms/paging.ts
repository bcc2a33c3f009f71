// Pages of KMS's lists: a marker that says where the page before ended, good for the same list only.

import { DomainError, isKind } from '#core/errors.ts';
import { cutPage } from '#std/cut-page.ts';
import type { PageTokens } from '#wire/paging.ts';

export interface PageInput {
  readonly Marker?: string;
  readonly Limit?: number;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly Truncated: boolean;
  readonly NextMarker?: string;
}

export interface Listing<Item> {
  /** What the list is of: operation, registry and filters. */
  readonly scope: string;
  readonly limitDefault: number;
  /** At most `limit` items after the key `after`, in the order of their keys. */
  readonly read: (after: string, limit: number) => Promise<readonly Item[]>;
  readonly keyOf: (item: Item) => string;
}

/** Throws kms-marker-invalid. */
export async function pageOf<Item>(
  { pageTokens }: { readonly pageTokens: PageTokens },
  { Marker, Limit }: PageInput,
  { scope, limitDefault, read, keyOf }: Listing<Item>,
): Promise<Page<Item>> {
  const limit = Limit ?? limitDefault;
  const rows = await read(Marker === undefined ? '' : positionOf(pageTokens, scope, Marker), limit + 1);
  const { items, next } = cutPage(rows, limit, (last) => pageTokens.encode(scope, keyOf(last)));
  return next === undefined ? { items, Truncated: false } : { items, Truncated: true, NextMarker: next };
}

/** `read` for a whole list that is short by its quotas. */
export function within<Item>(all: readonly Item[], keyOf: (item: Item) => string): Listing<Item>['read'] {
  return async (after, limit) => all.filter((item) => after === '' || keyOf(item) > after).slice(0, limit);
}

function positionOf(pageTokens: PageTokens, scope: string, marker: string): string {
  try {
    return pageTokens.decode(scope, marker);
  } catch (error) {
    if (!isKind(error, 'invalid-next-token')) throw error;
    throw new DomainError('kms-marker-invalid', 'Could not deserialize marker', {});
  }
}
