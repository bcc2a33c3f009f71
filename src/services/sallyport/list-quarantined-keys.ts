// ListQuarantinedKeys: keys of the account in quarantine, whose they are, by whom, and who tried to use them last.

import { need } from '#core/need.ts';
import type { Operation } from '#core/operation.ts';
import { type PageInput, pageOf } from './paging.ts';
import type { QuarantinedKey } from './quarantine/tables.ts';
import { keyArn } from './quarantine-access-key.ts';
import type { SallyportRooms } from './rooms.ts';

export interface QuarantinedKeyView {
  readonly accessKeyId: string;
  readonly reason: string;
  readonly quarantinedAt: Date;
  /** The ARN of who did it. */
  readonly quarantinedBy: string;
  /** Whose key it is; undefined once it was deleted. */
  readonly userName?: string;
  readonly lastAttempt?: {
    readonly at: Date;
    readonly sourceAddress: string;
    readonly userAgent: string;
    /** Whether its secret or a token of it was shown. */
    readonly hadSecret: boolean;
  };
}

export interface ListQuarantinedKeysOutput {
  readonly keys: readonly QuarantinedKeyView[];
  readonly nextToken?: string;
}

export const listQuarantinedKeys: Operation<PageInput, ListQuarantinedKeysOutput, SallyportRooms> = {
  kind: 'read',
  needs: (_input, caller) => [need('sallyport:ListQuarantinedKeys', keyArn(caller, '*'))],
  errors: ['validation-failed', 'invalid-next-token'],
  async handle(input, { accountId }, { quarantine, pageTokens }) {
    const { items, nextToken } = await pageOf(pageTokens, `ListQuarantinedKeys ${accountId}`, input, {
      read: (after, limit) => quarantine.list(accountId, after, limit),
      keyOf: (row) => row.access_key_id,
    });
    const keys = await Promise.all(
      items.map(async (row) => {
        const userName = (await quarantine.credentials.find(row.access_key_id))?.principal.userName;
        return { ...view(row), ...(userName === undefined ? {} : { userName }) };
      }),
    );
    return { keys, ...(nextToken === undefined ? {} : { nextToken }) };
  },
};

function view(row: QuarantinedKey): QuarantinedKeyView {
  const { used_at_ms, source_address, user_agent, proved } = row;
  const known = {
    accessKeyId: row.access_key_id,
    reason: row.reason,
    quarantinedAt: new Date(row.made_at_ms),
    quarantinedBy: row.made_by,
  };
  if (used_at_ms === null) return known;
  const lastAttempt = {
    at: new Date(used_at_ms),
    sourceAddress: source_address ?? '',
    userAgent: user_agent ?? '',
    hadSecret: proved === 1,
  };
  return { ...known, lastAttempt };
}
