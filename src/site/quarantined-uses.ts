// What happens when a key in quarantine is used: it is counted, and said loudly, once a minute for each key and source.

import { LRUCache } from 'lru-cache';
import type { Clock } from '#core/clock.ts';
import type { QuarantinedUse } from '#core/ports/credential-source.ts';

export interface QuarantinedUses {
  readonly note: (use: QuarantinedUse) => void;
  /** For the metrics. */
  readonly lines: () => readonly string[];
}

const saidAgainMs = 60_000;
const rememberedMax = 1000;

export function openQuarantinedUses(clock: Clock, log: (line: string) => void): QuarantinedUses {
  const saidMs = new LRUCache<string, number>({ max: rememberedMax });
  let count = 0;
  return {
    note({ accessKeyId, reason, isProved, call }) {
      count += 1;
      const nowMs = clock.monotonicMs();
      const name = `${accessKeyId} ${call.sourceAddress} ${isProved}`;
      if (nowMs - (saidMs.get(name) ?? Number.NEGATIVE_INFINITY) < saidAgainMs) return;
      saidMs.set(name, nowMs);
      const how = isProved ? 'used, by somebody who has its secret or a token of it,' : 'named, without its secret,';
      const from = `from ${call.sourceAddress} (${JSON.stringify(call.userAgent.slice(0, 200))})`;
      log(`ALERT: quarantined access key ${accessKeyId} (${reason}) was ${how} ${from}: request ${call.requestId}`);
    },
    lines: () => [
      '# HELP sallyport_quarantined_key_uses_total Requests refused because their access key is in quarantine.',
      '# TYPE sallyport_quarantined_key_uses_total counter',
      `sallyport_quarantined_key_uses_total ${count}`,
    ],
  };
}
