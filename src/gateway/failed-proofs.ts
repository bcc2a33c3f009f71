// Wrong credentials: who shows many of them waits longer and longer for the refusal; right ones never wait.

import { LRUCache } from 'lru-cache';
import type { Call, Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError, type ErrorKind } from '#core/errors.ts';
import { growingDelayMs, type Patience, sourceOf } from '#core/growing-delay.ts';
import { limits } from '#core/limits.ts';
import type { Request } from '#core/message.ts';

export interface FailedProofSettings {
  /** 0: no refusal is held. */
  readonly delayMsMax: number;
  /** Refusals that are held at once, of all sources together. */
  readonly heldMax: number;
  readonly heldPerSourceMax: number;
}

export interface FailedProofs {
  /**
   * A request ended before its caller was known. Undefined: tell at once. A promise: tell when it resolves. An error:
   * tell that instead, as so many refusals of the source are held already.
   */
  failed(request: Request, call: Call, error: unknown): Promise<void> | DomainError<'throttled'> | undefined;
  /** What was wrong before with this key from there is forgotten. */
  proved(caller: Caller): void;
  /** Whatever is held is told at once, and nothing is held from now on. */
  close(): void;
}

interface Counted {
  readonly failures: number;
  readonly failedAtMs: number;
}

/** Not those of credentials that were right once: an expired token says nothing about who shows it. */
const countedKinds: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'invalid-signature',
  'unrecognized-client',
  'registry-token-invalid',
  'identity-token-invalid',
]);

/** `keyOf` reads the access key that a request says it is signed by; `later` is setTimeout with its end. */
export function openFailedProofs(
  settings: FailedProofSettings,
  keyOf: (request: Request) => string | undefined,
  clock: Clock,
  later: (ms: number, task: () => void) => () => void = afterMs,
): FailedProofs {
  const { delayMsMax, heldMax, heldPerSourceMax } = settings;
  const common = { delayMsMin: limits.proofDelayMsMin, delayMsMax };
  const sources = openCounts({ ...common, free: limits.failedProofsOfSourceFree }, clock);
  // Apart, so that whoever invents keys does not push out what is known of sources.
  const keys = openCounts({ ...common, free: limits.failedProofsFree }, clock);
  const perSource = new Map<string, number>();
  const held = new Set<() => void>();
  let isOn = delayMsMax > 0;

  const hold = (source: string, delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      perSource.set(source, (perSource.get(source) ?? 0) + 1);
      const end = () => {
        cancel();
        held.delete(end);
        const left = (perSource.get(source) ?? 1) - 1;
        if (left > 0) perSource.set(source, left);
        else perSource.delete(source);
        resolve();
      };
      const cancel = later(delayMs, end);
      held.add(end);
    });
  return {
    failed(request, call, error) {
      if (!isOn || !(error instanceof DomainError) || !countedKinds.has(error.kind)) return undefined;
      const source = sourceOf(call.sourceAddress);
      const isFull = (perSource.get(source) ?? 0) >= heldPerSourceMax;
      // Those that are over are not counted: they cost no memory and make nobody's delay longer.
      if (isFull && sources.delayMs(source) > 0) return throttled(sources.delayMs(source));
      const key = keyOf(request);
      const ofKey = key === undefined ? 0 : keys.add(`${key} ${source}`);
      const delayMs = Math.max(sources.add(source), ofKey);
      if (delayMs === 0) return undefined;
      return isFull || held.size >= heldMax ? throttled(delayMs) : hold(source, delayMs);
    },
    proved({ accessKeyId, call }) {
      if (keys.size() > 0) keys.forget(`${accessKeyId} ${sourceOf(call.sourceAddress)}`);
    },
    close() {
      isOn = false;
      for (const end of [...held]) end();
    },
  };
}

/** Failures by name: bounded, those that failed last are kept, and each is forgotten some time after its last one. */
function openCounts(patience: Patience, clock: Clock) {
  const counts = new LRUCache<string, Counted>({ max: limits.failedProofsCountedMax });
  const failuresOf = (name: string): number => {
    const known = counts.get(name);
    if (known === undefined || clock.monotonicMs() - known.failedAtMs > limits.failedProofLifeMs) return 0;
    return known.failures;
  };
  return {
    size: () => counts.size,
    delayMs: (name: string) => growingDelayMs(failuresOf(name), patience),
    /** Counts one more and says how long its refusal is held. */
    add(name: string): number {
      const before = failuresOf(name);
      counts.set(name, { failures: before + 1, failedAtMs: clock.monotonicMs() });
      return growingDelayMs(before, patience);
    },
    forget: (name: string) => counts.delete(name),
  };
}

function throttled(retryAfterMs: number): DomainError<'throttled'> {
  const message = 'Too many wrong credentials from this address. Right ones are taken at any time.';
  return new DomainError('throttled', message, { retryAfterMs });
}

function afterMs(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}
