// Cuts a page out of rows: a page begins after the last key of the one before, and costs the same wherever it is.

export interface CutPage<Item> {
  readonly items: readonly Item[];
  /** Where the page after this one begins; absent on the last. */
  readonly next?: string;
}

/**
 * `rows` are what comes after the page before: one more than `limit` tells that there is more, and is not shown.
 * `nextOf` makes of the last item what the next page is asked for with: its key, or a token of it.
 */
export function cutPage<Item>(rows: readonly Item[], limit: number, nextOf: (last: Item) => string): CutPage<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: nextOf(last) };
}
