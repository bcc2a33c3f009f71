// Runs cases one after the other and looks at everything that a hostile request must leave as it was.

import type { DoorName, HostileCase } from './case.ts';
import { isRaw } from './case.ts';
import { compose } from './compose.ts';
import { exchange } from './exchange.ts';
import { judge } from './judge.ts';
import { openRequests } from './leaks.ts';
import { repository, type Stage } from './stage.ts';
import { openStateReader } from './state.ts';

export interface Failure {
  readonly door: DoorName;
  readonly name: string;
  readonly fault: string;
}

export interface Report {
  readonly cases: ReadonlyMap<DoorName, number>;
  readonly failures: readonly Failure[];
}

export async function runCases(stage: Stage, cases: readonly HostileCase[]): Promise<Report> {
  const counts = new Map<DoorName, number>();
  const failures: Failure[] = [];
  const state = openStateReader(stage.server.dataFolder);
  try {
    for (const one of cases) {
      counts.set(one.door, (counts.get(one.door) ?? 0) + 1);
      for (const fault of await runCase(stage, state, one)) failures.push({ door: one.door, name: one.name, fault });
    }
  } finally {
    state.close();
  }
  return { cases: counts, failures };
}

async function runCase(stage: Stage, state: ReturnType<typeof openStateReader>, one: HostileCase) {
  const places = { ...stage.places, ...(await freshUpload(stage, one)) };
  const before = state.read();
  const logged = stage.server.lines.length;
  const { host, options } = compose(stage, one, places);
  const found = await exchange(host, options);
  const honest = await judgeHonest(stage);
  const faults = [...judge(one, found, honest.tookMs), ...honest.faults];
  if (one.expect.mayChange === true) await settled(stage, state);
  else if (state.read() !== before && (await settled(stage, state)) !== before)
    faults.push('what is stored was changed');
  const lines = stage.server.lines.slice(logged);
  if (lines.length > 0) faults.push(`the log has: ${lines.join(' / ').slice(0, 500)}`);
  return faults;
}

/**
 * What is stored once nothing moves any more: a client that vanished may leave work behind for a moment, which must be
 * taken neither for a change nor for the next case's.
 */
async function settled(stage: Stage, state: ReturnType<typeof openStateReader>): Promise<string> {
  let last = '';
  for (let equal = 0; equal < 3; ) {
    // Nothing tells when a server has noticed that a client is gone.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const isIdle = (await openRequests(stage)) === 0;
    const now = state.read();
    equal = isIdle && now === last ? equal + 1 : 0;
    last = now;
  }
  return last;
}

/** Cases that name `{upload}` get one of their own, with five bytes in it. */
async function freshUpload(stage: Stage, { send }: HostileCase): Promise<{ upload?: string }> {
  const texts = isRaw(send) ? send.pieces.map(String) : [send.path];
  if (!texts.some((text) => text.includes('{upload}'))) return {};
  const { headers } = await stage.honest.send('POST', `/v2/${repository}/blobs/uploads/`, Buffer.alloc(0));
  const upload = String(headers.location).split('/').at(-1) ?? '';
  await stage.honest.send('PATCH', `/v2/${repository}/blobs/uploads/${upload}`, Buffer.from('hello'));
  return { upload };
}

/** The next honest request is served, at once and right. */
async function judgeHonest({ honest, image }: Stage) {
  const startedMs = performance.now();
  const answer = await honest.send('GET', `/v2/${repository}/manifests/one`);
  const isRight = answer.status === 200 && answer.body.equals(image.manifest);
  const tookMs = performance.now() - startedMs;
  const faults =
    isRight && tookMs < 2000 ? [] : [`an honest request got ${answer.status} after ${Math.round(tookMs)} ms`];
  return { tookMs, faults };
}
