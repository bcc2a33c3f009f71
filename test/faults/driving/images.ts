// Pushing images under tags of their own and tags that everybody moves; deleting tags and images.

import type { OciAnswer } from '../../support/oci-client.ts';
import { imageManifestType } from '../../support/oci-client.ts';
import type { Entry } from '../checking/history.ts';
import type { RegisterOperation } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { ensureLayer } from './layers.ts';
import { Gone, type Session, textOf, unexpected } from './session.ts';
import { type Content, contentOf, type Image, imageOf, type StrandedPush, type Told } from './world.ts';

export function tagEntry(repository: string, tag: string, operation: RegisterOperation): Entry {
  return { kind: 'tag', repository, name: tag, operation };
}

export function imageEntry(repository: string, digest: string, operation: RegisterOperation): Entry {
  return { kind: 'image', repository, name: digest, operation };
}

/** An image with at least one layer that no other has, and perhaps one that many have. */
export function newImage({ world }: Session): Image {
  const { random, stockLayers } = world;
  const sizeOf = () => (random.oneIn(12) ? random.between(1_000_000, 2_500_000) : random.between(1, 60_000));
  const own = Array.from({ length: random.between(1, 2) }, () => contentOf(world.nextNumber(), sizeOf()));
  const shared: readonly Content[] = random.oneIn(2) ? [random.pick(stockLayers)] : [];
  return imageOf(contentOf(world.nextNumber(), 200), [...own, ...shared]);
}

/** Layers first, then the manifest: what a client does. */
export async function pushImage(session: Session, repository: string, tag: string, image: Image): Promise<void> {
  const told: Told[] = [];
  for (const content of image.contents) told.push(await ensureLayer(session, repository, content));
  await pushManifest(session, { repository, tag, image, told });
}

/** When the server goes away meanwhile, the push is kept for its next life: its layers were promised. */
export async function pushManifest(session: Session, push: StrandedPush): Promise<void> {
  const { repository, tag, image } = push;
  const put = { kind: 'put', value: image.digest } as const;
  const entries = [
    tagEntry(repository, tag, put),
    imageEntry(repository, image.digest, { kind: 'put', value: 'there' }),
  ];
  session.world.images.set(image.digest, image);
  try {
    const answer = await putManifest(session, repository, tag, image, {}, entries, (received) => {
      if (received.status === 201) return entries;
      if (received.status === 404) return refusedFor(session, push, received);
      throw unexpected('a manifest', received);
    });
    if (answer.status === 201) session.world.recent.push({ repository, digest: image.digest });
  } catch (error) {
    if (error instanceof Gone) session.world.stranded.push(push);
    throw error;
  }
}

/** Layers may be missing only when somebody deleted one, or when the client took longer than the grace. */
function refusedFor(session: Session, { repository, image, told }: StrandedPush, answer: OciAnswer): readonly Entry[] {
  const { history, graceMs, counts } = session.world;
  const isExcused = image.contents.some(({ digest }, index) => {
    const { atMs = 0, moment = 0 } = told[index] ?? {};
    return Date.now() - atMs > graceMs || history.wasRemovedAfter(moment, 'layer', repository, digest);
  });
  if (!isExcused) throw new Violation(`layers were collected that a push was promised: ${textOf(answer)}`);
  counts.refused += 1;
  return [];
}

/** Moves a tag to an image that is there, if it still refers to what the client last saw. */
export async function swapTag(session: Session, repository: string, tag: string, expected: string, image: Image) {
  const swap = (holds: boolean | undefined) => {
    return tagEntry(repository, tag, { kind: 'swap', expected, value: image.digest, holds });
  };
  const there = imageEntry(repository, image.digest, { kind: 'put', value: 'there' });
  session.world.images.set(image.digest, image);
  const headers = { 'if-match': `"${expected}"` };
  await putManifest(session, repository, tag, image, headers, [swap(undefined), there], (answer) => {
    if (answer.status === 201) return [swap(true), there];
    if (answer.status === 412) return [swap(false)];
    // Its layers went with the image: nothing was looked at but them.
    if (answer.status === 404) return [];
    throw unexpected('a manifest with If-Match', answer);
  });
}

function putManifest(
  session: Session,
  repository: string,
  tag: string,
  image: Image,
  headers: Record<string, string>,
  unanswered: readonly Entry[],
  entries: (answer: OciAnswer) => readonly Entry[],
): Promise<OciAnswer> {
  return session.ask({
    method: 'PUT',
    path: `/v2/${repository}/manifests/${tag}`,
    body: image.manifest,
    headers: { 'content-type': imageManifestType, ...headers },
    unanswered,
    entries,
  });
}

export async function deleteTag(session: Session, repository: string, tag: string): Promise<void> {
  const removal = (found: boolean | undefined) => [tagEntry(repository, tag, { kind: 'remove', found })];
  await remove(session, repository, tag, removal);
}

export async function deleteImage(session: Session, repository: string, digest: string): Promise<void> {
  const removal = (found: boolean | undefined) => [imageEntry(repository, digest, { kind: 'remove', found })];
  await remove(session, repository, digest, removal);
}

async function remove(
  session: Session,
  repository: string,
  reference: string,
  removal: (found: boolean | undefined) => readonly Entry[],
): Promise<void> {
  await session.ask({
    method: 'DELETE',
    path: `/v2/${repository}/manifests/${reference}`,
    unanswered: removal(undefined),
    entries(answer) {
      if (answer.status === 202) return removal(true);
      if (answer.status === 404) return removal(false);
      throw unexpected(`the deletion of ${reference}`, answer);
    },
  });
}
