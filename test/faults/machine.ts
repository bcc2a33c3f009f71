// The crash machine: lives of one site, each ended by SIGKILL at a random moment, and what is checked between them.

import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { administratorOf, registryAuthorization } from '../support/administrator.ts';
import { ociClient } from '../support/oci-client.ts';
import { AuditTrail } from './checking/audit-trail.ts';
import { Violation } from './checking/history.ts';
import { checkEverything, checkSample } from './driving/checks.ts';
import { die, type Kills } from './driving/deaths.ts';
import { pushImage } from './driving/images.ts';
import { seededRandom } from './driving/seeded-random.ts';
import { Session } from './driving/session.ts';
import { openStandby, type RunningServer, type Standby } from './driving/standby.ts';
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
/** Long enough for any push of the driver's on a busy machine, short enough that collection has much to do. */
const graceMs = 5000;
const longestLifeMs = 1000;
/** One life in so many ends before the server is ready. */
const killedWhileStarting = 12;

interface Machine {
  readonly world: World;
  readonly standby: Standby;
  readonly trail: AuditTrail;
  readonly options: MachineOptions;
  readonly kills: Kills;
  /** What the last life was answered; the next one has to show its records. */
  lastLife: Session | undefined;
}

interface Life {
  readonly server: RunningServer;
  readonly session: Session;
  readonly ecr: ECRClient;
}

/** Rejects with a Violation when anything that was acknowledged is lost. */
export async function runMachine(options: MachineOptions): Promise<MachineReport> {
  const random = seededRandom(options.seed);
  const world = newWorld(random, graceMs);
  const jobsDelayMs = () => random.between(0, 300);
  const standby = openStandby({ dataFolder: options.dataFolder, graceMs, jobsDelayMs });
  const trail = new AuditTrail(options.dataFolder);
  const machine: Machine = {
    world,
    standby,
    trail,
    options,
    kills: { all: 0, supervisors: 0, workers: 0 },
    lastLife: undefined,
  };
  try {
    await inOneLife(machine, mostWorkers(options), async ({ ecr }) => {
      for (const repositoryName of world.repositories) {
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
      }
    });
    for (let shown = 0; killsOf(machine) < options.kills; ) {
      await liveAndDie(machine);
      if (killsOf(machine) < shown + 25) continue;
      shown = killsOf(machine);
      options.progress(progressOf(machine));
    }
    await inOneLife(machine, mostWorkers(options), async ({ session }) => checkEverything(session));
    await inOneLife(machine, mostWorkers(options), async ({ session }) => pushAgain(session));
    await inOneLife(machine, mostWorkers(options), async () => undefined);
    return reportOf(machine);
  } finally {
    await standby.dispose();
  }
}

async function liveAndDie(machine: Machine): Promise<void> {
  const { standby, options, kills } = machine;
  const { random } = machine.world;
  const workers = options.workers ?? (random.oneIn(4) ? 2 : 1);
  if (random.oneIn(killedWhileStarting)) {
    const isOfAll = workers === 1 || random.oneIn(2);
    await standby.killWhileStarting(workers, random.between(0, 600 * workers), isOfAll ? 'all' : 'supervisor');
    kills[isOfAll ? 'all' : 'supervisors'] += 1;
    return;
  }
  await inOneLife(machine, workers, async ({ session, ecr, server }) => {
    await checkSample(session);
    const working = Promise.all(Array.from({ length: clients }, () => work({ session, ecr, random: random.fork() })));
    // Looked at again below: a client that finds a loss may end before the others.
    working.catch(() => undefined);
    // The moment of the kill is what is random here; nothing is expected of the time itself.
    const life = new Promise((resolve) => setTimeout(resolve, random.between(30, longestLifeMs)));
    await Promise.race([life, working]);
    const { dataFolder } = options;
    const dying = die({ server, session, random, dataFolder, kills, connections: clients * 2 });
    dying.catch(() => undefined);
    // A client that finds a loss ends before the others, and before the server.
    await Promise.race([dying, working]);
    await dying;
    session.expectKill();
    await working;
  });
}

/** The last lives have no fewer than others: each chain is opened again and read to its end. */
function mostWorkers({ workers = 2 }: MachineOptions): number {
  return workers;
}

function killsOf({ kills }: Machine): number {
  return kills.all + kills.supervisors + kills.workers;
}

/** One life of the server: its log is checked before anybody calls it, its history once it is dead. */
async function inOneLife(machine: Machine, workers: number, live: (life: Life) => Promise<void>): Promise<void> {
  const server = await machine.standby.start(workers);
  const closers: Array<() => void> = [];
  try {
    const life = await beginLife(machine, server, closers);
    await live(life);
    life.session.expectKill();
    await server.kill();
    machine.world.history.settle();
    machine.lastLife = life.session;
  } catch (error) {
    const said = server.lines.slice(-20).join('\n');
    throw error instanceof Violation ? new Violation(`${error.message}\nthe server said:\n${said}`) : error;
  } finally {
    await server.kill();
    for (const close of closers) close();
  }
}

async function beginLife(machine: Machine, server: RunningServer, closers: Array<() => void>): Promise<Life> {
  const { world, trail, options, lastLife } = machine;
  await trail.check(lastLife?.owed ?? new Map(), server.workers);
  const administrator = await administratorOf(options.dataFolder, server.url);
  const oci = ociClient(new URL(server.url).host, await registryAuthorization(administrator));
  const ecr = new ECRClient(administrator);
  closers.push(
    () => oci.close(),
    () => ecr.destroy(),
  );
  return { server, session: new Session(world, oci), ecr };
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

function reportOf(machine: Machine): MachineReport {
  const { kills, world, trail } = machine;
  const { asked, answered, writes, pulls, resumed, refused, collected } = world.counts;
  return {
    kills: killsOf(machine),
    supervisorKills: kills.supervisors,
    workerKills: kills.workers,
    asked,
    acknowledged: answered,
    acknowledgedWrites: writes,
    checkedOperations: world.history.checked,
    checkedPulls: pulls,
    auditRecords: trail.records,
    resumedUploads: resumed,
    refusedPushes: refused,
    collectedLayers: collected,
    lost: 0,
  };
}

function progressOf(machine: Machine): string {
  const { kills, acknowledged, checkedPulls, checkedOperations } = reportOf(machine);
  return `${kills} kills, ${acknowledged} answers, ${checkedOperations} checked in order, ${checkedPulls} pulls`;
}
