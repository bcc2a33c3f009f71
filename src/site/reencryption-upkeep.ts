// Moves of repositories to other keys go on by themselves, told in the audit log: where they end, and why they pause.

import type { Audit } from '#audit/audit.ts';
import { limits } from '#core/limits.ts';
import type { Job } from '#jobs/job.ts';
import type { OpenRegistry } from '#registry/open-registry.ts';
import { type Act, actRecorded } from './recorded-act.ts';
import type { Platform } from './stores.ts';

export interface ReencryptionUpkeepOptions {
  readonly moves: OpenRegistry['moves'];
  readonly audit: Audit;
  readonly platform: Platform;
  readonly log: (line: string) => void;
}

type Records = Parameters<OpenRegistry['moves']['run']>[1];
type Repository = Parameters<Records['ended']>[0];

/** In one process of a site; what a kill leaves undone the next run does. */
export function movesRepositories({ moves, audit, platform, log }: ReencryptionUpkeepOptions): Job {
  const recorded = <Result>(repository: Repository, act: Pick<Act<Result>, 'eventName' | 'run' | 'shown'>) => {
    const { registry, arn, name } = repository;
    const { accountId, region } = registry;
    const service = 'sallyport.local';
    return actRecorded(audit, { source: service, service, userAgent: service, region }, platform, {
      ...act,
      accountId,
      resource: { arn, accountId, type: 'AWS::ECR::Repository' },
      requestParameters: { repositoryName: name },
    });
  };
  const records: Records = {
    async ended(repository, end) {
      await recorded(repository, {
        eventName: 'CompleteReencryption',
        run: end,
        // Not yet when a request that began before it has left something meanwhile.
        shown: (move) =>
          move === undefined
            ? { isComplete: false }
            : {
                isComplete: true,
                isCancelled: move.status === 'CANCELLED',
                reencryptionId: move.id,
                moved: move.moved,
              },
      });
    },
    async paused(repository, { id }, reason, pause) {
      await recorded(repository, {
        eventName: 'PauseReencryption',
        run: pause,
        shown: () => ({ reencryptionId: id, reason }),
      });
    },
    failed({ arn }, error) {
      const shown = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log(`${arn} cannot be moved to another key now: ${shown}`);
    },
  };
  return {
    name: 'reencrypt-repositories',
    intervalMs: limits.reencryptionIntervalMs,
    run: (signal) => moves.run(signal, records),
  };
}
