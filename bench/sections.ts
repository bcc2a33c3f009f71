// The sections of the bench: which targets meet in which cases, and what their ratio says.

import type { Tools as ClientTools } from '../test/clients/tools.ts';
import type { BenchCase } from './cases/bench-case.ts';
import { blobCases, pullCase, rangeCase, slowReadersCase } from './cases/blobs.ts';
import { idleCase } from './cases/connections.ts';
import { ecrCases } from './cases/ecr.ts';
import { floodCases } from './cases/flood.ts';
import { manyPushesCase, parallelPushCase, pushCase, repushCase, smallImagesCase } from './cases/pushes.ts';
import { manyManifestsCase, requestCases, tokenCase } from './cases/requests.ts';
import { soakCase, soakParts } from './cases/soak.ts';
import type { Form } from './form.ts';
import type { Group } from './measure.ts';
import type { RatioKind } from './report/result.ts';
import { startBareNode } from './targets/bare-node.ts';
import { canShareCores } from './targets/core-share.ts';
import { startDistribution } from './targets/distribution.ts';
import { hasWorkers, startSallyport } from './targets/sallyport.ts';
import type { Target } from './targets/target.ts';

export interface SectionPlan {
  readonly name: string;
  readonly title: string;
  readonly ratio: RatioKind;
  /** Of the form's time, how much may be over before its last group begins. */
  readonly share: number;
  /** Starts what is measured; an empty list leaves the section out, and `say` has told why. */
  start(say: (line: string) => void): Promise<readonly Target[]>;
  groups(targets: readonly Target[]): readonly Group[];
}

export function sectionPlans(form: Form, clients: ClientTools): readonly SectionPlan[] {
  return [
    peers(form, clients),
    pushes(form, clients),
    growth(form),
    policies(form),
    encryption(form),
    workers(form),
    sharedWorkers(form),
    flood(form),
    soak(form),
  ];
}

function peers(form: Form, clients: ClientTools): SectionPlan {
  const title = 'Sallyport with everything on, beside peers with all of it off';
  return besidePeers(form, clients, 'peers', title, form.name === 'short' ? shortCases() : fullCases(form));
}

/** Targets of their own: what the large pushes left behind is gone with those before, or the disk would be full. */
function pushes(form: Form, clients: ClientTools): SectionPlan {
  const title = 'The same: many pushes at once, small images, idle connections';
  return besidePeers({ ...form, starts: 0 }, clients, 'pushes', title, form.name === 'short' ? [] : pushingCases);
}

function besidePeers(
  form: Form,
  clients: ClientTools,
  name: string,
  title: string,
  cases: readonly BenchCase[],
): SectionPlan {
  return {
    ...{ name, title, share: 0.6, ratio: 'first/this cpuMs' },
    async start(say) {
      if (cases.length === 0) return [];
      const targets = [await startSallyport({ starts: form.starts, say })];
      const known = { 'docker-registry': 'docker-registry 2.8', registry: 'registry v3' };
      for (const [program, peer] of Object.entries(known)) {
        const path = clients.find(program);
        if (path === undefined) say(`no ${peer}: ${clients.missing.get(program)}`);
        else targets.push(await startDistribution(peer, path, form.starts));
      }
      targets.push(await startBareNode());
      return targets;
    },
    groups: (targets) => cases.map((bench) => groupOver(form, bench, targets)),
  };
}

function fullCases(form: Form): readonly BenchCase[] {
  return [
    ...form.connections.flatMap((connections) => requestCases(connections)),
    ...blobCases,
    rangeCase,
    pullCase,
    slowReadersCase,
    pushCase('monolithic'),
    pushCase('streamed'),
    pushCase('chunked'),
  ];
}

const pushingCases = [parallelPushCase, manyPushesCase, smallImagesCase, repushCase, idleCase];

/** What says most comes first: on a busy machine the time may not suffice for all. */
function shortCases(): readonly BenchCase[] {
  const [, byDigest, ...more] = requestCases(16);
  const sweep = [requestCases(1)[1], requestCases(64)[1]];
  const requests = [byDigest, ...more, ...sweep].filter((bench) => bench !== undefined);
  const [small, middling] = blobCases;
  const pulls = [small, rangeCase, middling, slowReadersCase].filter((bench) => bench !== undefined);
  const first = [...requests.slice(0, 3), pullCase, pushCase('streamed'), smallImagesCase, repushCase];
  return [...first, ...requests.slice(3), ...pulls, parallelPushCase, idleCase];
}

function growth(form: Form): SectionPlan {
  const requests = requestCases(16).slice(0, 4);
  const cases = [...requests, manyManifestsCase(16), tokenCase(16), ...ecrCases(16), smallImagesCase, repushCase];
  const [, , ...rest] = cases;
  return {
    name: 'growth',
    share: 0.78,
    title: 'The same on a larger site',
    ratio: 'this/first cpuMs',
    start: (say) =>
      startAll(form.images, (images) => {
        const name = `${images.toLocaleString('en')} images`;
        return startSallyport({ name, images, starts: form.starts, say });
      }),
    groups: (targets) =>
      (form.name === 'short' ? rest.slice(1, 6) : cases).map((bench) => groupOver(form, bench, targets)),
  };
}

function policies(form: Form): SectionPlan {
  const [byTag, ...more] = requestCases(16);
  const all = [byTag, ...more, tokenCase(16), ...ecrCases(16).slice(0, 4)].filter((bench) => bench !== undefined);
  return {
    name: 'policies',
    share: 0.86,
    title: 'A caller with many policies',
    ratio: 'this/first cpuMs',
    start: (say) =>
      startAll([1, 20, 100], (count) =>
        startSallyport({ name: count === 1 ? '1 policy' : `${count} policies`, policies: count, say }),
      ),
    groups: (targets) =>
      (form.name === 'short' ? all.slice(0, 1) : all).map((bench) => groupOver(form, bench, targets)),
  };
}

/** What a customer's key costs beside the registry's own: the aim is 1.15. */
function encryption(form: Form): SectionPlan {
  const cases = [...requestCases(16).slice(0, 4), ...blobCases.slice(0, 1), smallImagesCase, repushCase];
  return {
    name: 'encryption',
    share: 0.9,
    title: 'A repository under a customer key',
    ratio: 'this/first cpuMs',
    start: (say) =>
      form.name === 'short'
        ? Promise.resolve([])
        : startAll(['AES256', 'KMS', 'KMS_DSSE'] as const, (type) =>
            startSallyport({ name: type, encryption: type, say }),
          ),
    groups: (targets) => cases.map((bench) => groupOver(form, bench, targets)),
  };
}

function workers(form: Form): SectionPlan {
  const all = [...requestCases(64), tokenCase(64), ...ecrCases(64).slice(3, 5), ...blobCases, smallImagesCase];
  return workersSection(form, 'workers', 'Two processes instead of one', form.name === 'short' ? all.slice(1, 2) : all);
}

/** Where cores are few, both processes and the load generator want them: shares leave each what it needs. */
function sharedWorkers(form: Form): SectionPlan {
  const all = [...requestCases(64), tokenCase(64), ...ecrCases(64).slice(3, 5)];
  const title = `Two processes instead of one, each with ${coreShare} of a core`;
  return workersSection(form, 'workers with shares', title, form.name === 'short' ? [] : all, coreShare);
}

/** Two of them and their supervisor leave the generator more than half of two cores. */
const coreShare = 0.4;

function workersSection(
  form: Form,
  name: string,
  title: string,
  cases: readonly BenchCase[],
  share?: number,
): SectionPlan {
  return {
    ...{ name, title, share: 0.94, ratio: 'this/first unitsPerSecond' },
    async start(say) {
      if (cases.length === 0) return [];
      const lack = await lackOf(share);
      if (lack === undefined) {
        const shares = share === undefined ? {} : { coreShare: share };
        return startAll([1, 2], (count) =>
          startSallyport({ name: `--workers ${count}`, workers: count, say, ...shares }),
        );
      }
      say(`${name}: left out, ${lack}`);
      return [];
    },
    groups: (targets) => cases.map((bench) => groupOver(form, bench, targets)),
  };
}

async function lackOf(share: number | undefined): Promise<string | undefined> {
  if (!(await hasWorkers())) return 'this build has no --workers';
  return share === undefined || (await canShareCores()) ? undefined : 'no control groups can be made here (root can)';
}

function flood(form: Form): SectionPlan {
  return {
    name: 'flood',
    share: 1,
    title: 'An honest caller while another one floods with 64 connections',
    ratio: 'this/first p99Ms',
    start: async (say) => startAll([() => startSallyport({ say }), startBareNode], (begin) => begin()),
    // A group for each: its ratio is to the same server's caller alone.
    groups: (targets) =>
      (targets.length === 0 ? [undefined] : targets).map((target) => ({
        name: `manifest GET of an honest caller, 1 connection${target?.isBare === true ? ', bare node:http' : ''}`,
        unit: 'request',
        rounds: form.waitingRounds,
        subjects: target === undefined ? [] : floodCases.map((bench) => ({ name: bench.name, target, bench })),
      })),
  };
}

function soak(form: Form): SectionPlan {
  const parts = Array.from({ length: soakParts }, (_, index) => `part ${index + 1}`);
  return {
    name: 'soak',
    share: 1,
    title: `Mixed load for ${form.soakMs / 1000} s`,
    ratio: 'this/first peakRssBytes',
    start: async (say) => (form.soakMs === 0 ? [] : [await startSallyport({ images: 100_000, say })]),
    groups: (targets) => [
      {
        ...{ name: soakCase.name, unit: soakCase.unit, rounds: 1 },
        subjects: targets.flatMap((target) => parts.map((name) => ({ name, target, bench: soakCase }))),
      },
    ],
  };
}

function groupOver(form: Form, bench: BenchCase, targets: readonly Target[]): Group {
  const able = targets.filter((target) => {
    if (target.isBare === true) return bench.hasFloor === true;
    return bench.ownOnly !== true || target.own !== undefined;
  });
  const subjects = able.map((target) => ({ name: target.name, target, bench }));
  const few = bench.fills === true ? form.fillingRounds : form.rounds;
  const rounds = bench.waits === true ? form.waitingRounds : few;
  return { name: bench.name, unit: bench.unit, rounds, subjects };
}

/** One after the other; should one fail, those before it are stopped. */
async function startAll<Item>(items: readonly Item[], start: (item: Item) => Promise<Target>): Promise<Target[]> {
  const targets: Target[] = [];
  try {
    for (const item of items) targets.push(await start(item));
    return targets;
  } catch (error) {
    for (const target of targets) await target.stop();
    throw error;
  }
}
