// The crash machine for keys: lives of a site in which days pass, under clients that make, change, use and delete keys.

import { ECRClient } from '@aws-sdk/client-ecr';
import { KMSClient } from '@aws-sdk/client-kms';
import { administratorOf, registryAuthorization } from '../../support/administrator.ts';
import { ociClient } from '../../support/oci-client.ts';
import { Lives } from '../driving/lives.ts';
import { seededRandom } from '../driving/seeded-random.ts';
import { NotedSession } from '../driving/session.ts';
import type { RunningServer } from '../driving/standby.ts';
import { checkBeside, runBeside } from './beside.ts';
import type { KeyClient } from './calls.ts';
import { requireErasures, requireSlots, requireWhole } from './folder-checks.ts';
import { createKey } from './key-actions.ts';
import type { KeyEntry } from './key-register.ts';
import { dayMs, KeyWorld } from './key-world.ts';
import { lookAtEverything, lookAtSome } from './looking.ts';
import { openSigner } from './own-door.ts';
import { createRepository } from './repository-actions.ts';
import { work } from './workload.ts';

export interface KeyMachineOptions {
  readonly seed: number;
  readonly kills: number;
  /** As `MachineOptions.workers`. */
  readonly workers?: number | undefined;
  /** Empty or absent. */
  readonly dataFolder: string;
  readonly progress: (line: string) => void;
}

export interface KeyMachineReport {
  readonly kills: number;
  readonly supervisorKills: number;
  readonly workerKills: number;
  readonly days: number;
  readonly keys: number;
  /** Of these, keys whose deletion was executed. */
  readonly deletedKeys: number;
  readonly repositories: number;
  readonly movedRepositories: number;
  readonly certificates: number;
  readonly asked: number;
  readonly acknowledged: number;
  readonly acknowledgedWrites: number;
  readonly checkedOperations: number;
  readonly openedCiphertexts: number;
  readonly checkedPulls: number;
  readonly rootRotations: number;
  readonly verifications: number;
  readonly auditRecords: number;
  readonly lost: 0;
}

type Life = Omit<KeyClient, 'random'>;

const clients = 6;
const longestMs = 2000;
/** Layers of a push are there longer than any life; days that pass collect what no manifest came for. */
const graceMs = 60_000;
/** Days between two lives: a deletion waits for seven. */
const daysBetween = [0, 0, 1, 2, 3];
/** One restart in so many is followed by a look at every byte in the data folder. */
const verifiedOnceIn = 8;

/** Rejects with a Violation when anything that was acknowledged is lost, or anything deleted comes back. */
export async function runKeyMachine(options: KeyMachineOptions): Promise<KeyMachineReport> {
  const { dataFolder, kills, workers } = options;
  const random = seededRandom(options.seed);
  const world = new KeyWorld(random);
  const lives = new Lives<Life>({
    ...{ dataFolder, graceMs, random, workers },
    aheadMs: () => world.day * dayMs,
    open: (server, onClose) => openLife(world, dataFolder, server, onClose),
    settle: () => world.history.settle(),
  });
  let beside: Promise<void> = Promise.resolve();
  try {
    await lives.whole(async (life) => {
      // So that the first short lives have something to lose.
      for (let count = 0; count < 3; count += 1) await createKey({ ...life, random });
      for (const key of world.keys) if (key.material === undefined) await createRepository({ ...life, random }, key);
    });
    for (let shown = 0; lives.killed < kills; ) {
      world.day += random.pick(daysBetween);
      world.chooseBusy();
      await lives.short({
        ...{ clients, longestMs },
        async check(life) {
          await beside;
          await look({ ...life, random }, dataFolder);
          beside = runBeside(dataFolder, world);
        },
        work: (life, own) => work({ ...life, random: own }),
      });
      if (lives.killed < shown + 25) continue;
      shown = lives.killed;
      options.progress(progressOf(reportOf(world, lives)));
    }
    await beside;
    await lives.whole((life) => lookAtEverything({ ...life, random }));
    await lives.whole(async () => verify(world, dataFolder));
    return reportOf(world, lives);
  } finally {
    await lives.dispose();
  }
}

async function openLife(
  world: KeyWorld,
  dataFolder: string,
  server: RunningServer,
  onClose: (closer: () => void) => void,
): Promise<Life> {
  // The site's clock is ahead, and what is signed by another one is refused.
  const systemClockOffset = world.day * dayMs;
  const options = { ...(await administratorOf(dataFolder, server.url)), systemClockOffset };
  const kms = keepsItsClock(new KMSClient(options));
  const ecr = keepsItsClock(new ECRClient(options));
  const oci = ociClient(new URL(server.url).host, await registryAuthorization(options));
  for (const client of [kms, ecr]) onClose(() => client.destroy());
  onClose(() => oci.close());
  const sign = openSigner(options, systemClockOffset);
  return { session: new NotedSession<KeyWorld, KeyEntry>(world, oci), kms, ecr, sign };
}

/** The `Date` of an answer is the machine's: the SDK would set its clock by it. */
function keepsItsClock<Client extends KMSClient | ECRClient>(client: Client): Client {
  const { middlewareStack } = client as KMSClient;
  middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      delete (result.response as { readonly headers: Record<string, string> }).headers['date'];
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'keepsItsClock' },
  );
  return client;
}

async function look(client: KeyClient, dataFolder: string): Promise<void> {
  const { world } = client.session;
  await checkBeside(dataFolder, world);
  await requireSlots(dataFolder);
  await lookAtSome(client);
  if (world.random.oneIn(verifiedOnceIn)) await verify(world, dataFolder);
}

async function verify(world: KeyWorld, dataFolder: string): Promise<void> {
  await requireSlots(dataFolder);
  const gone = world.keys.map(({ keyId }) => keyId).filter((keyId) => world.isGone(keyId));
  await requireErasures(dataFolder, gone);
  await requireWhole(dataFolder);
  world.counts.verifications += 1;
}

function reportOf(world: KeyWorld, lives: Lives<Life>): KeyMachineReport {
  const { kills, killed, auditRecords } = lives;
  const { asked, answered, writes, opened, pulls, deleted, rootRotations, moved, certificates, verifications } =
    world.counts;
  return {
    ...{ kills: killed, supervisorKills: kills.supervisors, workerKills: kills.workers },
    ...{ days: world.day, keys: world.keys.length, deletedKeys: deleted },
    repositories: world.repositories.length,
    movedRepositories: moved,
    certificates,
    ...{ asked, acknowledged: answered, acknowledgedWrites: writes },
    checkedOperations: world.history.checked,
    ...{ openedCiphertexts: opened, checkedPulls: pulls, rootRotations, verifications },
    ...{ auditRecords, lost: 0 },
  };
}

function progressOf(report: KeyMachineReport): string {
  const { kills, days, acknowledged, checkedOperations, openedCiphertexts, checkedPulls } = report;
  const checked = `${checkedOperations} checked in order, ${openedCiphertexts} opened, ${checkedPulls} pulls`;
  return `${kills} kills, ${days} days, ${acknowledged} answers, ${checked}`;
}
