// Who has signed from where before: so that a request can be put in its caller's lane without checking its signature.

import { LRUCache } from 'lru-cache';
import type { Call, Caller } from '#core/caller.ts';
import { headerOf, type Request } from '#core/message.ts';

export interface Acquaintances {
  meet(caller: Caller): void;
  recognise(request: Request, call: Call): string | undefined;
}

const acquaintancesMax = 10_000;

/** By address and access key: whoever only claims somebody's key elsewhere is a stranger and not in that lane. */
export function openAcquaintances(): Acquaintances {
  const known = new LRUCache<string, string>({ max: acquaintancesMax });
  return {
    meet: ({ accessKeyId, call, principal }) =>
      known.set(`${call.sourceAddress} ${accessKeyId}`, principal.principalId),
    recognise(request, call) {
      const accessKeyId = claimedKeyOf(request);
      return accessKeyId === undefined ? undefined : known.peek(`${call.sourceAddress} ${accessKeyId}`);
    },
  };
}

/** The access key that a request says it is signed by. */
export function claimedKeyOf({ headers, query }: Request): string | undefined {
  const source = headerOf(headers, 'authorization') ?? query;
  return /Credential=(\w{16,128})/.exec(source.slice(0, 4096))?.[1];
}
