// ListRegistryTokens: the scoped registry tokens of the account that have not expired.

import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { tokenArn } from './create-registry-token.ts';
import { type PageInput, pageOf } from './paging.ts';
import type { ListedRegistryToken } from './registry-tokens/tables.ts';
import type { SallyportRooms } from './rooms.ts';

export interface RegistryTokenView {
  readonly tokenId: string;
  readonly name?: string;
  /** The ARN of its maker. */
  readonly createdBy: string;
  readonly accessKeyId: string;
  readonly sourceAddress: string;
  readonly repositories: readonly string[];
  readonly actions: readonly string[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly once: boolean;
  /** Of a token that is good once: who used it first, and when. */
  readonly boundTo?: string;
  readonly boundAt?: Date;
  /** To the minute. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
}

export interface ListRegistryTokensOutput {
  readonly tokens: readonly RegistryTokenView[];
  readonly nextToken?: string;
}

export const listRegistryTokens: Operation<PageInput, ListRegistryTokensOutput, SallyportRooms> = {
  kind: 'read',
  needs: (_input, caller) => [need('sallyport:ListRegistryTokens', tokenArn(caller, '*'))],
  errors: ['validation-failed', 'invalid-next-token'],
  async handle(input, { accountId }, { registryTokens, pageTokens }) {
    const { items, nextToken } = await pageOf(pageTokens, `ListRegistryTokens ${accountId}`, input, {
      read: (after, limit) => registryTokens.list(accountId, after, limit),
      keyOf: (row) => row.token_id,
    });
    return { tokens: items.map(view), ...(nextToken === undefined ? {} : { nextToken }) };
  },
};

function view(row: ListedRegistryToken): RegistryTokenView {
  const { bound_address, bound_at_ms, used_at_ms, revoked_at_ms } = row;
  return {
    tokenId: row.token_id,
    ...(row.name === '' ? {} : { name: row.name }),
    createdBy: row.principal_arn,
    accessKeyId: row.access_key_id,
    sourceAddress: row.source_address,
    // Only CreateRegistryToken writes these.
    repositories: JSON.parse(row.repositories) as readonly string[],
    actions: JSON.parse(row.actions) as readonly string[],
    createdAt: new Date(row.issued_at_ms),
    expiresAt: new Date(row.expires_at_ms),
    once: row.once_ms !== null,
    ...(bound_address === null || bound_at_ms === null
      ? {}
      : { boundTo: bound_address, boundAt: new Date(bound_at_ms) }),
    ...(used_at_ms === null ? {} : { lastUsedAt: new Date(used_at_ms) }),
    ...(revoked_at_ms === null ? {} : { revokedAt: new Date(revoked_at_ms) }),
  };
}
