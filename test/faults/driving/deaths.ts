// The ways in which a life ends: all processes at once, the supervisor alone, or first one worker, which is replaced.

import { join } from 'node:path';
// The moments of the kills are random, which takes a clock; nothing is expected of the time itself.
import { setTimeout as pause } from 'node:timers/promises';
import { holderOf } from '../../../src/cli/data-folder.ts';
import { workerFolder } from '../../../src/services/cloudtrail/audit-chains.ts';
import { Violation } from '../checking/registers.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { RunningServer } from './standby.ts';

export interface Kills {
  all: number;
  supervisors: number;
  workers: number;
}

/** Whoever asks a server that is about to be killed. */
export interface Mortal {
  expectKill(): void;
  expectEnd(): void;
  expectBreaks(count: number): void;
}

export interface Dying {
  readonly server: RunningServer;
  readonly session: Mortal;
  readonly random: SeededRandom;
  readonly dataFolder: string;
  readonly kills: Kills;
  /** Connections that the clients have at most. */
  readonly connections: number;
}

/** The supervisor lets five seconds pass between two starts of a worker, and the machine is busy. */
const replacedWithinMs = 40_000;

/** Resolves when no process of the server is left. Throws Violation when one is left, or a worker stays away. */
export async function die(dying: Dying): Promise<void> {
  const { server, session, random, kills } = dying;
  if (server.workers > 1 && random.oneIn(3)) {
    await loseWorker(dying, random.between(1, server.workers));
    // With the new worker for a while; nothing is expected of the time itself.
    await pause(random.between(0, 500));
  }
  if (server.workers > 1 && random.oneIn(2)) {
    session.expectEnd();
    await server.killSupervisor();
    kills.supervisors += 1;
    return;
  }
  session.expectKill();
  await server.kill();
  kills.all += 1;
}

/** Kills one worker; resolves when another has taken its place and all are ready. */
async function loseWorker({ server, session, dataFolder, kills, connections }: Dying, index: number): Promise<void> {
  const folder = workerFolder(dataFolder, index);
  const pid = await holderOf(folder);
  if (pid === undefined) throw new Violation(`worker ${index} serves without a lock (${join(folder, 'lock')})`);
  session.expectBreaks(connections);
  process.kill(pid, 'SIGKILL');
  kills.workers += 1;
  const untilMs = Date.now() + replacedWithinMs;
  for (;;) {
    const now = await holderOf(folder);
    if (now !== undefined && now !== pid && (await isReady(server))) return;
    if (Date.now() > untilMs) throw new Violation(`worker ${index} was not replaced within ${replacedWithinMs} ms`);
    // Only so as not to ask all the time.
    await pause(100);
  }
}

async function isReady({ managementUrl }: RunningServer): Promise<boolean> {
  const { status } = await fetch(`${managementUrl}/readyz`);
  return status === 200;
}
