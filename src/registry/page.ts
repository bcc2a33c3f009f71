// Pages by key: a page begins after the last key of the one before, so that it costs the same wherever it is.

import { DomainError } from '#core/errors.ts';
import type { Page } from './registry.ts';

/** Makes the page from `limit + 1` rows that were asked for: the one too many only tells that there is more. */
export function pageOf<Item>(rows: readonly Item[], limit: number, keyOf: (item: Item) => string): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: keyOf(last) };
}

/** ECR's refusal of a token that we did not make. */
export function invalidNextToken(): DomainError<'invalid-next-token'> {
  const message = "Invalid parameter at 'NextToken' failed to satisfy constraint: 'Invalid next token provided'";
  return new DomainError('invalid-next-token', message, {});
}
