// The crowd of open requests: bounds on how many there may be, and fair turns among callers when many come at once.

import type { Call, Caller } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import type { Request } from '#core/message.ts';
import { type Lane, openTurns } from './turns.ts';

export interface CrowdLimits {
  /** Requests that are open at once, all callers together. */
  readonly openMax: number;
  readonly openPerAddressMax: number;
  readonly openPerPrincipalMax: number;
  /** Below this many open requests nobody is counted, and nothing is looked up. */
  readonly countedFrom: number;
  readonly startsPerTurn: number;
}

export interface Crowd {
  /** A request has come; `leave` must follow, whatever becomes of it. */
  arrive(): void;
  /** Undefined: go on at once. A promise: resolves when it is the caller's turn. Throws throttled. */
  admit(request: Request, call: Call): Promise<void> | undefined;
  /** Counts the request for the principal that was proved. Throws throttled. */
  recognise(caller: Caller): void;
  /** The reply is written or will never be. */
  leave(call: Call): void;
  /** Requests that have come and have not left, those whose client is gone included. */
  open(): number;
}

/** What of a call was counted, to be taken back when it leaves. */
interface Visit {
  readonly address: string;
  principalId: string | undefined;
}

const retryAfterMs = 1000;

/** `recognise` names the principal that has proved itself with the same credential before. */
export function openCrowd(
  limits: CrowdLimits,
  recognise: (request: Request, call: Call) => string | undefined,
  defer: (task: () => void) => void = setImmediate,
): Crowd {
  const turns = openTurns(limits.startsPerTurn, defer);
  const visits = new Map<Call, Visit>();
  const perAddress = new Map<string, number>();
  const perPrincipal = new Map<string, number>();
  let open = 0;

  const laneOf = (request: Request, call: Call): Lane => {
    const principalId = recognise(request, call);
    return { known: principalId !== undefined, name: principalId ?? call.sourceAddress };
  };
  return {
    arrive() {
      open += 1;
    },
    admit(request, call) {
      if (open > limits.countedFrom) {
        if (open > limits.openMax) throw throttled('The site has too many open requests.');
        visits.set(call, { address: call.sourceAddress, principalId: undefined });
        if (count(perAddress, call.sourceAddress) > limits.openPerAddressMax) {
          throw throttled('Too many open requests from this address.');
        }
      }
      return turns.begin() ? undefined : turns.wait(laneOf(request, call));
    },
    recognise({ call, principal }) {
      const visit = visits.size === 0 ? undefined : visits.get(call);
      if (visit === undefined) return;
      visit.principalId = principal.principalId;
      if (count(perPrincipal, principal.principalId) > limits.openPerPrincipalMax) {
        throw throttled('Too many open requests of this principal.');
      }
    },
    leave(call) {
      open -= 1;
      const visit = visits.size === 0 ? undefined : visits.get(call);
      if (visit === undefined) return;
      visits.delete(call);
      uncount(perAddress, visit.address);
      if (visit.principalId !== undefined) uncount(perPrincipal, visit.principalId);
    },
    open: () => open,
  };
}

function count(counts: Map<string, number>, name: string): number {
  const counted = (counts.get(name) ?? 0) + 1;
  counts.set(name, counted);
  return counted;
}

function uncount(counts: Map<string, number>, name: string): void {
  const left = (counts.get(name) ?? 0) - 1;
  if (left > 0) counts.set(name, left);
  else counts.delete(name);
}

function throttled(message: string): DomainError<'throttled'> {
  return new DomainError('throttled', `${message} Try again in a moment.`, { retryAfterMs });
}
