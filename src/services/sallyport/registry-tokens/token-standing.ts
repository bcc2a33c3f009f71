// Whether a scoped token for one use still counts: the first address that shows it has it, for a while.

import type { Clock } from '#core/clock.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { IssuedProof, SessionStanding } from '#core/ports/session-standing.ts';
import type { Database } from '#stores/sql/database.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import { bindRegistryToken, findRegistryToken, type RegistryTokenRow, type RegistryTokenTables } from './tables.ts';

export interface TokenStandingOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** What else has to hold, such as that it was not revoked. */
  readonly standing: SessionStanding;
  readonly noteUse: (tokenId: string) => void;
}

type Binding = Pick<RegistryTokenRow, 'bound_address' | 'bound_at_ms'>;

const cachedBindingsMax = 10_000;
const unknown: Binding = { bound_address: null, bound_at_ms: null };

/** `standing`, and for tokens that are good once: nobody else, and nothing later, than the first use allows. */
export function openTokenStanding(options: TokenStandingOptions): SessionStanding {
  const { database, clock, standing, noteUse } = options;
  const bindings = new GuardedCache<Binding>(database, { entriesMax: cachedBindingsMax, follows: 'all but content' });

  const judge = (proof: IssuedProof): MaybePromise<string | undefined> => {
    const { tokenId, usedFrom, onceMs } = proof;
    if (tokenId === undefined || usedFrom === undefined || proof.principal.session?.tokenId !== tokenId) {
      return undefined;
    }
    noteUse(tokenId);
    if (onceMs === undefined) return undefined;
    const binding = bindings.read(tokenId, () => bind(options, tokenId, usedFrom));
    if (binding instanceof Promise) return binding.then((one) => endOfBound(one, usedFrom, onceMs, clock.nowMs()));
    return endOfBound(binding, usedFrom, onceMs, clock.nowMs());
  };

  return {
    endOf(proof) {
      const ended = standing.endOf(proof);
      if (ended instanceof Promise) return ended.then((why) => why ?? judge(proof));
      return ended ?? judge(proof);
    },
  };
}

/** The binding as it stands, by this use when it is the first one: of two at the same time one transaction is first. */
async function bind({ database, clock }: TokenStandingOptions, tokenId: string, address: string): Promise<Binding> {
  const found = await findRegistryToken(database.tables<RegistryTokenTables>(), tokenId);
  if (found === undefined) return unknown;
  if (found.bound_at_ms !== null) return found;
  return database.transact<RegistryTokenTables, Binding>(async (transaction) => {
    await bindRegistryToken(transaction, { tokenId, address, atMs: clock.nowMs() });
    return (await findRegistryToken(transaction, tokenId)) ?? unknown;
  });
}

function endOfBound(binding: Binding, address: string, onceMs: number, nowMs: number): string | undefined {
  const { bound_address, bound_at_ms } = binding;
  if (bound_at_ms === null) return 'nothing is known of this token for one use';
  if (bound_address !== address) return `this token for one use was used first by ${bound_address}`;
  return nowMs - bound_at_ms < onceMs ? undefined : 'this token for one use was used a while ago';
}
