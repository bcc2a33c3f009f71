// A worker: one of several processes that serve the same site and share its sockets. Its supervisor tells it all.

import { once } from 'node:events';
import { Socket } from 'node:net';
import { lockDataFolder } from '#cli/data-folder.ts';
import type { ConnectionFeed } from '#edge/fed-connections.ts';
import { auditChainOf, workerFolder } from '#services/cloudtrail/audit-chains.ts';
import { type CloserStack, closerStack } from '../closers.ts';
import { openServing, type Serving, type ServingOptions } from '../serving.ts';
import type { Platform } from '../stores.ts';
import { type Asked, type FromWorker, receivedKeys, receivedRoots, type ToWorker } from './messages.ts';

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
    const serving = await open(message, { platform, log, jobsDelayMs }, onClose);
    let turn: Promise<unknown> = Promise.resolve();
    process.on('message', (told: ToWorker) => {
      if (told.kind === 'ask') {
        const answered = isChange(told.asked)
          ? turn.then(() => change(serving, message, told.asked))
          : look(serving, told.asked);
        if (isChange(told.asked)) turn = answered;
        void answered.then((value) => tell({ kind: 'answer', id: told.id, value }));
      }
      if (told.kind === 'close') void end(closeAll, log);
    });
    const { url, authority } = serving.listeners;
    tell({ kind: 'open', url, authority });
  } catch (error) {
    tell({ kind: 'failed', message: textOf(error) });
    await end(closeAll, log);
  }
}

type Opening = Extract<ToWorker, { kind: 'open' }>;

async function open(
  { config, index, reason, port }: Opening,
  options: Pick<ServingOptions, 'platform' | 'log' | 'jobsDelayMs'>,
  onClose: CloserStack['onClose'],
): Promise<Serving> {
  const folder = await lockDataFolder(workerFolder(config.data, index));
  onClose(() => folder.release());
  const budgetBytes = Math.floor(config.auditBudgetBytes / config.workers);
  const chain = { ...auditChainOf(config.data, index), budgetBytes };
  const own = { ...config, managementListen: 'off' as const };
  const feed = handedConnections(port);
  const serving = await openServing({ ...options, config: own, chain, runsSiteJobs: index === 1, feed }, reason);
  onClose(() => serving.close());
  return serving;
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

function isChange({ what }: Asked): boolean {
  return what === 'unseal' || what === 'seal' || what === 'roots';
}

/** Changes happen one after the other. True, or one sentence why it was not done. */
async function change(serving: Serving, { config }: Opening, asked: Asked): Promise<string | boolean> {
  try {
    if (asked.what === 'unseal') await serving.unseal(receivedKeys(config.data, asked.keys));
    if (asked.what === 'seal') await serving.seal(asked.reason);
    if (asked.what === 'roots') serving.opened()?.keys.roots.replace(receivedRoots(asked.roots));
    return true;
  } catch (error) {
    return textOf(error);
  }
}

async function look({ listeners }: Serving, { what }: Asked): Promise<string | boolean> {
  const { metrics, checks } = listeners.served();
  if (what === 'metrics') return metrics.text();
  try {
    for (const check of checks) if (!(await check.isReady())) return false;
    return true;
  } catch {
    return false;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
