// Domain keys that customers' keys have opened, in memory only and for a few minutes.

import { LRUCache } from 'lru-cache';
import type { Clock } from '#core/clock.ts';
import { DomainError } from '#core/errors.ts';
import type { KeyDomainId } from '#core/ports/key-ring.ts';
import { openSweeper } from '#std/sweeper.ts';
import type { DomainKey } from '../domain-keys.ts';

export interface OpenedDomains {
  /**
   * To be used at once: it may be overwritten in the next turn. Throws kms-unavailable, as whoever uses the key has to
   * be admitted first.
   */
  keyOf(domain: KeyDomainId): DomainKey;
  has(domain: KeyDomainId): boolean;
  drop(domain: KeyDomainId): void;
  /** The bytes are kept for `keptMs` and until the uses admitted by then are over; dropped, they are zeroed. */
  put(domain: KeyDomainId, bytes: Buffer, keptMs: number): void;
  /** Drops all. */
  close(): void;
  /** The ids of all that are kept. */
  all(): readonly KeyDomainId[];
}

interface Opened extends DomainKey {
  readonly untilMs: number;
}

const openedMax = 10_000;
const version = 1;
/** Between being admitted and the use itself: however short admissions are kept, the key is there that much longer. */
const useMs = 60_000;
const sweepMs = 1000;

export function openDomains(clock: Clock): OpenedDomains {
  const opened = new LRUCache<KeyDomainId, Opened>({
    max: openedMax,
    dispose: ({ bytes }) => void bytes.fill(0),
  });
  const isOld = ({ untilMs }: Opened): boolean => clock.monotonicMs() >= untilMs;
  const sweeper = openSweeper(sweepMs, () => {
    const old = [...opened.entries()].filter(([, known]) => isOld(known));
    for (const [domain] of old) opened.delete(domain);
    return opened.size > 0;
  });
  const find = (domain: KeyDomainId): Opened | undefined => {
    const known = opened.get(domain);
    return known === undefined || isOld(known) ? undefined : known;
  };
  return {
    keyOf(domain) {
      const known = find(domain);
      if (known !== undefined) return known;
      const message = `The key domain ${domain} is not open: its KMS key has not been asked for.`;
      throw new DomainError('kms-unavailable', message, { kmsError: 'KeyUnavailableException' });
    },
    has: (domain) => find(domain) !== undefined,
    drop: (domain) => void opened.delete(domain),
    put(domain, bytes, keptMs) {
      opened.set(domain, { version, bytes, untilMs: clock.monotonicMs() + keptMs + useMs });
      sweeper.wake();
    },
    close() {
      sweeper.close();
      opened.clear();
    },
    all: () => [...opened.keys()],
  };
}
