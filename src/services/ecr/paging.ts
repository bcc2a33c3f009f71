// Pages as ECR's operations ask for them: maxResults and nextToken in, nextToken out.

import { limits } from '#core/limits.ts';
import type { Page, PageRequest } from '#registry/registry.ts';
import type { PageTokens } from '#wire/paging.ts';

interface PagedInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface Paging {
  /** Throws invalid-next-token. */
  request(input: PagedInput, pageSizeDefault?: number): PageRequest;
  answer(page: Page<unknown>): { readonly nextToken?: string };
}

/** Paging of one listing; `scope` is everything that decides what is listed, so that no token fits another one. */
export function openPaging(tokens: PageTokens, scope: readonly unknown[]): Paging {
  const scopeText = JSON.stringify(scope);
  return {
    request({ maxResults, nextToken }, pageSizeDefault = limits.pageSizeDefault) {
      const limit = maxResults ?? pageSizeDefault;
      return nextToken === undefined ? { limit } : { limit, after: tokens.decode(scopeText, nextToken) };
    },
    answer: ({ next }) => (next === undefined ? {} : { nextToken: tokens.encode(scopeText, next) }),
  };
}
