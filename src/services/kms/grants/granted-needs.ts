// Needs with what a grant says of them: every use of a key that a grant can allow is looked up here, and only here.

import type { Caller } from '#core/caller.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import { goOn } from '#std/go-on.ts';
import type { Granted } from './granted.ts';
import { bitOf } from './rights.ts';

const prefix = 'kms:EncryptionContext:';

/** `CreateGrant` and `RetireGrant` have rules of their own. */
const decidedElsewhere: ReadonlySet<string> = new Set(['CreateGrant', 'RetireGrant']);

/** The same needs, those that a grant meets saying so. */
export function withGrants(granted: Granted, needs: readonly Need[], caller: Caller): MaybePromise<readonly Need[]> {
  let all: MaybePromise<readonly Need[]> = [];
  for (const need of needs) {
    all = goOn(all, (known) => goOn(lookUp(granted, need, caller), (one) => [...known, one]));
  }
  return all;
}

function lookUp(granted: Granted, need: Need, { principal }: Caller): MaybePromise<Need> {
  const operation = need.action.slice('kms:'.length);
  if (bitOf(operation) === 0 || decidedElsewhere.has(operation)) return need;
  const found = granted.use(principal, need.resource, { operation, context: contextOf(need) });
  return goOn(found, (grant) => grantedNeed(need, grant));
}

export function grantedNeed(need: Need, granted: Need['granted']): Need {
  return granted === undefined ? need : { ...need, granted };
}

/** The encryption context that the need's condition keys tell of. */
function contextOf({ context = {} }: Need): Readonly<Record<string, string>> {
  const names = Object.keys(context).filter((key) => key.startsWith(prefix));
  return Object.fromEntries(names.map((key) => [key.slice(prefix.length), String(context[key])]));
}
