// A worker: one of several processes that serve the same site and share its sockets. Its supervisor tells it all.

import { once } from 'node:events';
import { Socket } from 'node:net';
import { lockDataFolder } from '#cli/data-folder.ts';
import type { ConnectionFeed } from '#edge/fed-connections.ts';
import { auditChainOf, workerFolder } from '#services/cloudtrail/audit-chains.ts';
import { closerStack } from '../closers.ts';
import { openFileRoot, openKeys } from '../keys/open-keys.ts';
import { type Core, type CoreOptions, openCore } from '../open-core.ts';
import { openSiteDatabase, type Platform } from '../stores.ts';
import type { FromWorker, ToWorker } from './messages.ts';

/** Runs until the supervisor says so; without a supervisor the process ends at once. */
export async function runWorker(
  platform: Platform,
  log: (line: string) => void,
  /** As `SiteOptions.jobsDelayMs`. */
  jobsDelayMs?: number,
): Promise<void> {
  // A terminal signals everybody; who is to end, and when, is the supervisor's to say.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const [message] = (await once(process, 'message')) as [ToWorker];
  if (message.kind !== 'open') return process.disconnect?.();
  const { onClose, closeAll } = closerStack();
  try {
    const core = await open(message, { platform, log, jobsDelayMs, onClose });
    process.on('message', (asked: ToWorker) => {
      if (asked.kind === 'ask')
        void answer(core, asked.what).then((value) => tell({ kind: 'answer', id: asked.id, value }));
      if (asked.kind === 'close') void end(closeAll, log);
    });
    const { url, authority } = core.listeners;
    tell({ kind: 'open', url, authority });
  } catch (error) {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    await end(closeAll, log);
  }
}

async function open(
  { config, home, index, port }: Extract<ToWorker, { kind: 'open' }>,
  options: Pick<CoreOptions, 'platform' | 'log' | 'jobsDelayMs' | 'onClose'>,
): Promise<Core> {
  const { platform, onClose } = options;
  const folder = await lockDataFolder(workerFolder(config.data, index));
  onClose(() => folder.release());
  const keys = await openKeys(config.data, platform.random, openFileRoot);
  const stores = await openSiteDatabase(config.data, platform, keys);
  onClose(() => stores.database.close());
  const budgetBytes = Math.floor(config.auditBudgetBytes / config.workers);
  const chain = { ...auditChainOf(config.data, index), budgetBytes };
  const shared = { ...options, config: { ...config, managementListen: 'off' as const }, stores, home };
  return openCore({ ...shared, chain, feed: handedConnections(port), runsSiteJobs: index === 1 });
}

/** The supervisor accepts connections and hands them on. */
function handedConnections(port: number): ConnectionFeed {
  return {
    port,
    take: (taker) =>
      void process.on('message', (message: ToWorker, socket: unknown) => {
        if (message.kind !== 'connection') return;
        // None when its client was gone before.
        if (socket instanceof Socket) taker(socket);
        tell({ kind: 'took' });
      }),
  };
}

async function answer(core: Core, what: 'metrics' | 'readiness'): Promise<string | boolean> {
  if (what === 'metrics') return core.metrics.text();
  try {
    for (const check of core.checks) if (!(await check.isReady())) return false;
    return true;
  } catch {
    return false;
  }
}

async function end(closeAll: () => Promise<void>, log: (line: string) => void): Promise<void> {
  try {
    await closeAll();
  } catch (error) {
    log(`a worker could not close everything: ${String(error)}`);
    process.exitCode = 1;
  }
  process.disconnect?.();
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
