// The permit step: evaluates an operation's needs against every policy that applies, now, at every call.

import { type Applying, applyingTo } from '#access/applying.ts';
import { openDecisions } from '#access/decisions.ts';
import type { Decision } from '#access/evaluate.ts';
import { denialText } from '#access/explain.ts';
import { requestOf } from '#access/inputs.ts';
import type { DeniedNeed, NoteDenial } from '#access/trace/denied-need.ts';
import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { Need } from '#core/need.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PolicySource } from '#core/ports/policy-source.ts';

export interface Permit {
  /** Throws access-denied, naming the first need that is not met and why. */
  require(caller: Caller, needs: readonly Need[]): MaybePromise<void>;
  may(caller: Caller, need: Need): MaybePromise<boolean>;
}

interface JudgedNeed {
  readonly applying: Applying;
  readonly decision: Decision;
}

/**
 * A decision is kept only while the very same policy objects apply: a change bites on the next call. `note` is told of
 * every need that `require` refuses.
 */
export function openPermit(policies: PolicySource, clock: Clock, note: NoteDenial = () => undefined): Permit {
  const judge = openDecisions();
  const judged = (caller: Caller, need: Need, applying: Applying): JudgedNeed => ({
    applying,
    decision: judge(caller, need, applying, clock.nowMs()),
  });

  const decide = (caller: Caller, need: Need): MaybePromise<JudgedNeed> => {
    const applying = applyingTo(policies, caller, need);
    if (!(applying instanceof Promise)) return judged(caller, need, applying);
    return applying.then((known) => judged(caller, need, known));
  };

  const assertAllowed = (caller: Caller, need: Need, { decision, applying }: JudgedNeed): void => {
    if (decision.allowed) return;
    const deniedAtMs = clock.nowMs();
    const request = requestOf(caller, need, applying, deniedAtMs);
    const denied = { caller, need, request, applying, decision, deniedAtMs };
    note(denied);
    throw new AccessDeniedError(denied);
  };

  const requireFrom = async (caller: Caller, needs: readonly Need[]): Promise<void> => {
    for (const need of needs) assertAllowed(caller, need, await decide(caller, need));
  };

  return {
    require(caller, needs) {
      for (const [index, need] of needs.entries()) {
        const decided = decide(caller, need);
        if (decided instanceof Promise)
          return decided.then((first) => {
            assertAllowed(caller, need, first);
            return requireFrom(caller, needs.slice(index + 1));
          });
        assertAllowed(caller, need, decided);
      }
      return undefined;
    },
    may(caller, need) {
      const decided = decide(caller, need);
      return decided instanceof Promise ? decided.then(({ decision }) => decision.allowed) : decided.decision.allowed;
    },
  };
}

/** A refused need, with what it was decided on. */
export class AccessDeniedError extends DomainError<'access-denied'> {
  readonly denied: DeniedNeed;
  constructor(denied: DeniedNeed) {
    const { caller, need, decision } = denied;
    const { action, resource } = need;
    const text = denialText({ action, resource, principal: caller.principal }, decision);
    super('access-denied', text, { action, resource });
    this.denied = denied;
  }
}
