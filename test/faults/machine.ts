// The crash machine: lives of one site, each ended by SIGKILL at a random moment, and what is checked between them.

import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../support/administrator.ts';
import { ociClient } from '../support/oci-client.ts';
import { checkEverything, checkSample } from './driving/checks.ts';
import { pushImage } from './driving/images.ts';
import { Lives } from './driving/lives.ts';
import { seededRandom } from './driving/seeded-random.ts';
import { Session } from './driving/session.ts';
import type { RunningServer } from './driving/standby.ts';
import { work } from './driving/workload.ts';
import { newWorld, type World } from './driving/world.ts';

export interface MachineOptions {
  readonly seed: number;
  readonly kills: number;
  /** Of every life; when left out, one life in four has two and the others have one. */
  readonly workers?: number | undefined;
  /** Empty or absent. */
  readonly dataFolder: string;
  readonly progress: (line: string) => void;
}

export interface MachineReport {
  readonly kills: number;
  /** Those of a supervisor alone, whose workers had to end by themselves. */
  readonly supervisorKills: number;
  /** Those of one worker alone, which was replaced while clients went on. */
  readonly workerKills: number;
  readonly asked: number;
  readonly acknowledged: number;
  readonly acknowledgedWrites: number;
  readonly checkedOperations: number;
  readonly checkedPulls: number;
  readonly auditRecords: number;
  readonly resumedUploads: number;
  readonly refusedPushes: number;
  readonly collectedLayers: number;
  readonly lost: 0;
}

const clients = 8;
const longestMs = 1000;
/** Long enough for any push of the driver's on a busy machine, short enough that collection has much to do. */
const graceMs = 5000;

interface Life {
  readonly session: Session;
  readonly ecr: ECRClient;
}

/** Rejects with a Violation when anything that was acknowledged is lost. */
export async function runMachine(options: MachineOptions): Promise<MachineReport> {
  const { dataFolder, kills, workers } = options;
  const random = seededRandom(options.seed);
  const world = newWorld(random, graceMs);
  const lives = new Lives<Life>({
    ...{ dataFolder, graceMs, random, workers },
    open: (server, onClose) => openLife(world, dataFolder, server, onClose),
    settle: () => world.history.settle(),
  });
  try {
    await lives.whole(async ({ ecr }) => {
      for (const repositoryName of world.repositories) {
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
      }
    });
    for (let shown = 0; lives.killed < kills; ) {
      await lives.short({
        ...{ clients, longestMs },
        check: ({ session }) => checkSample(session),
        work: ({ session, ecr }, own) => work({ session, ecr, random: own }),
      });
      if (lives.killed < shown + 25) continue;
      shown = lives.killed;
      options.progress(progressOf(reportOf(world, lives)));
    }
    await lives.whole(({ session }) => checkEverything(session));
    await lives.whole(({ session }) => pushAgain(session));
    await lives.whole(async () => undefined);
    return reportOf(world, lives);
  } finally {
    await lives.dispose();
  }
}

async function openLife(
  world: World,
  dataFolder: string,
  server: RunningServer,
  onClose: (closer: () => void) => void,
): Promise<Life> {
  const administrator = await administratorOf(dataFolder, server.url);
  const oci = ociClient(new URL(server.url).host, await registryAuthorization(administrator));
  const ecr = new ECRClient(administrator);
  onClose(() => oci.close());
  onClose(() => ecr.destroy());
  return { session: new Session(world, oci), ecr };
}

/** Nothing that the kills left stands in the way of a push: to every repository, every busy tag, every stock layer. */
async function pushAgain(session: Session): Promise<void> {
  const { repositories, busyTags, stock } = session.world;
  for (const repository of repositories) {
    for (const [index, image] of stock.entries()) {
      await pushImage(session, repository, busyTags[index % busyTags.length] ?? 'latest', image);
    }
  }
}

function reportOf(world: World, lives: Lives<Life>): MachineReport {
  const { kills, killed, auditRecords } = lives;
  const { asked, answered, writes, pulls, resumed, refused, collected } = world.counts;
  return {
    kills: killed,
    supervisorKills: kills.supervisors,
    workerKills: kills.workers,
    asked,
    acknowledged: answered,
    acknowledgedWrites: writes,
    checkedOperations: world.history.checked,
    checkedPulls: pulls,
    auditRecords,
    resumedUploads: resumed,
    refusedPushes: refused,
    collectedLayers: collected,
    lost: 0,
  };
}

function progressOf({ kills, acknowledged, checkedPulls, checkedOperations }: MachineReport): string {
  return `${kills} kills, ${acknowledged} answers, ${checkedOperations} checked in order, ${checkedPulls} pulls`;
}
