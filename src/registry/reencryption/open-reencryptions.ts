// Moves of repositories to other keys over the SQL database: what the door asks, and the passes of their job.

import { cutPage } from '#std/cut-page.ts';
import type { Repository } from '../registry.ts';
import { reencryptionOf } from './reencryption-view.ts';
import type { Reencryptions } from './reencryptions.ts';
import { openReencryptionRuns, type RunOptions, type RunReencryptions } from './run.ts';
import { startReencryption } from './start.ts';
import { findLatest, listOfRegistry, type ReencryptionTables } from './tables.ts';
import { turnRound } from './turn-round.ts';

export interface OpenReencryptions {
  readonly reencryptions: Reencryptions;
  /** In one process of a site at a time. */
  readonly run: RunReencryptions;
}

export function openReencryptions(options: RunOptions): OpenReencryptions {
  const tables = options.database.tables<ReencryptionTables>();
  const reencryptions: Reencryptions = {
    async start(repository, target, caller) {
      return reencryptionOf(await startReencryption(options, repository, target, caller), repository.name);
    },
    cancel: async (repository) => reencryptionOf(await turnRound(options, repository), repository.name),
    async find({ id, name }: Repository) {
      const row = await findLatest(tables, id);
      return row && reencryptionOf(row, name);
    },
    async list({ accountId, region }, { limit, after = '' }) {
      const rows = await listOfRegistry(tables, `${accountId}/${region}`, after, limit + 1);
      const items = rows.map(({ name, ...row }) => reencryptionOf(row, name));
      return cutPage(items, limit, ({ id }) => id);
    },
  };
  return { reencryptions, run: openReencryptionRuns(options) };
}
