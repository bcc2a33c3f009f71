// Scoped registry tokens: kept with their maker and scope, to be listed, and with when they were last used.

import { LRUCache } from 'lru-cache';
import type { AccountId } from '#core/account.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { Job } from '#jobs/job.ts';
import type { Database } from '#stores/sql/database.ts';
import {
  countRegistryTokens,
  deleteEndedTokens,
  findEndedToken,
  insertRegistryToken,
  type ListedRegistryToken,
  listRegistryTokens,
  markRevoked,
  type RegistryTokenRow,
  type RegistryTokenTables,
  upsertTokenUse,
} from './tables.ts';

export interface RegistryTokens {
  /** Throws entity-limit-exceeded when its account or its maker has too many that still count. */
  keep(token: Omit<RegistryTokenRow, 'revoked_at_ms' | 'bound_address' | 'bound_at_ms'>): Promise<void>;
  /** Those of an account that have not expired. */
  list(accountId: AccountId, after: string, limit: number): Promise<readonly ListedRegistryToken[]>;
  /** Only for the list; what ends the token is its revocation. False when the account has no such token. */
  markRevoked(accountId: AccountId, tokenId: string): Promise<boolean>;
  /** Remembers that a token was used; `job` writes it down. */
  noteUse(tokenId: string): void;
  /** Writes what was used, and removes what has expired. */
  readonly job: Job;
}

export function openRegistryTokens(database: Database, clock: Clock): RegistryTokens {
  const tables = database.tables<RegistryTokenTables>();
  const used = new LRUCache<string, number>({ max: limits.registryTokensPerAccountMax });
  const written = new LRUCache<string, number>({ max: limits.registryTokensPerAccountMax });
  const write = async () => {
    const nowMs = clock.nowMs();
    const batch = [...used.entries()];
    const mustPrune = (await findEndedToken(tables, nowMs)) !== undefined;
    if (batch.length === 0 && !mustPrune) return;
    await database.transact<RegistryTokenTables, void>(async (transaction) => {
      for (const [token_id, used_at_ms] of batch) await upsertTokenUse(transaction, { token_id, used_at_ms });
      await deleteEndedTokens(transaction, nowMs);
    });
    for (const [tokenId, atMs] of batch) {
      written.set(tokenId, atMs);
      if (used.peek(tokenId) === atMs) used.delete(tokenId);
    }
  };
  return {
    keep: (token) =>
      database.transact<RegistryTokenTables, void>(async (transaction) => {
        const { account_id, principal_id } = token;
        const counts = await countRegistryTokens(transaction, account_id, principal_id, clock.nowMs());
        if (counts.ofAccount >= limits.registryTokensPerAccountMax) throw tooMany('The account');
        if (counts.ofPrincipal >= limits.registryTokensPerPrincipalMax) throw tooMany('The caller');
        await insertRegistryToken(transaction, {
          ...token,
          revoked_at_ms: null,
          bound_address: null,
          bound_at_ms: null,
        });
      }),
    list: (accountId, after, limit) => listRegistryTokens(tables, { accountId, nowMs: clock.nowMs(), after, limit }),
    markRevoked: (accountId, tokenId) =>
      database.transact<RegistryTokenTables, boolean>((transaction) =>
        markRevoked(transaction, accountId, tokenId, clock.nowMs()),
      ),
    noteUse(tokenId) {
      const nowMs = clock.nowMs();
      // A pull is many requests: once a minute is often enough, and each commit costs the other processes their caches.
      if (nowMs - (written.get(tokenId) ?? 0) >= limits.tokenUseNotedMs) used.set(tokenId, nowMs);
    },
    job: { name: 'write-token-uses', scope: 'process', intervalMs: limits.tokenUseWriteDelayMs, run: write },
  };
}

function tooMany(whose: string): DomainError {
  const message = `${whose} has too many registry tokens that still count: revoke some, or wait until they end.`;
  return new DomainError('entity-limit-exceeded', message, {});
}
