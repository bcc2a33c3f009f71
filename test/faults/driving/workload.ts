// What the clients do until the server is gone: each takes one thing after the other, by the seed.

import type { ECRClient } from '@aws-sdk/client-ecr';
import { deleteImage, deleteTag, newImage, pushImage, pushManifest, swapTag } from './images.ts';
import { deleteLayer, ensureLayer } from './layers.ts';
import { deletePolicy, readPolicy, setPolicy } from './policies.ts';
import { pullImage, readTag } from './reading.ts';
import type { SeededRandom } from './seeded-random.ts';
import { Gone, type Session } from './session.ts';
import { beginUpload, resumeUpload } from './uploads.ts';

export interface Client {
  readonly session: Session;
  readonly ecr: ECRClient;
  readonly random: SeededRandom;
}

type Action = (client: Client, repository: string) => Promise<unknown>;

const openUploadsMax = 12;

const actions: ReadonlyArray<readonly [weight: number, action: Action]> = [
  [5, ({ session }, repository) => pushImage(session, repository, tagOfItsOwn(session), newImage(session))],
  [6, ({ session, random }, repository) => pushImage(session, repository, busyTag(session, random), newImage(session))],
  [6, pushStock],
  [3, pushStranded],
  [4, moveIfUnchanged],
  [3, ({ session, random }, repository) => deleteTag(session, repository, busyTag(session, random))],
  [3, ({ session, random }, repository) => deleteImage(session, repository, random.pick(session.world.stock).digest)],
  [2, deleteSome],
  [3, ({ session, random }, repository) => ensureLayer(session, repository, random.pick(session.world.stockLayers))],
  [3, ({ session, random }, repository) => deleteLayer(session, repository, random.pick(session.world.stockLayers))],
  [5, goOnWithUpload],
  [6, readAndPull],
  [2, ({ session, ecr }, repository) => setPolicy(session, ecr, repository)],
  [1, ({ session, ecr }, repository) => deletePolicy(session, ecr, repository)],
  [2, ({ session, ecr }, repository) => readPolicy(session, ecr, repository)],
];

const choices = actions.flatMap(([weight, action]) => Array.from({ length: weight }, () => action));

/** Resolves when the server is gone; where one worker of several is, goes on. Rejects with the first Violation. */
export async function work(client: Client): Promise<void> {
  const { session, random } = client;
  for (;;) {
    try {
      await random.pick(choices)(client, random.pick(session.world.repositories));
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      if (session.isEnding) return;
    }
  }
}

function tagOfItsOwn({ world }: Session): string {
  return `v${world.nextNumber()}`;
}

function busyTag({ world }: Session, random: SeededRandom): string {
  return random.pick(world.busyTags);
}

async function pushStock({ session, random }: Client, repository: string): Promise<void> {
  const { stock } = session.world;
  await pushImage(session, repository, busyTag(session, random), random.pick(stock));
}

/** Goes on with a push of the server's last life: the layers that it was told of are still there. */
async function pushStranded({ session }: Client): Promise<void> {
  const push = session.world.stranded.shift();
  if (push !== undefined) await pushManifest(session, push);
}

async function moveIfUnchanged({ session, random }: Client, repository: string): Promise<void> {
  const tag = busyTag(session, random);
  const expected = await readTag(session, repository, tag);
  if (expected !== undefined) await swapTag(session, repository, tag, expected, random.pick(session.world.stock));
}

/** An image that nobody else deletes, of any age: it must never come back. */
async function deleteSome({ session, random }: Client, repository: string): Promise<void> {
  const digests = [...session.world.images.keys()];
  if (digests.length > 0) await deleteImage(session, repository, random.pick(digests));
}

async function goOnWithUpload({ session }: Client, repository: string): Promise<void> {
  if (session.world.uploads.length < openUploadsMax) await beginUpload(session, repository);
  await resumeUpload(session);
}

async function readAndPull({ session, random }: Client, repository: string): Promise<void> {
  const digest = await readTag(session, repository, busyTag(session, random));
  if (digest !== undefined) await pullImage(session, repository, digest);
}
