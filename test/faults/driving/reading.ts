// Reading tags and pulling images, every byte of them.

import { digestOf } from '../../support/oci-client.ts';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { imageEntry, tagEntry } from './images.ts';
import { layerEntry } from './layers.ts';
import { type Session, textOf, unexpected } from './session.ts';

/** The digest that the tag refers to; undefined when there is no such tag. */
export async function readTag(session: Session, repository: string, tag: string): Promise<string | undefined> {
  const path = `/v2/${repository}/manifests/${tag}`;
  const { status, body } = await session.ask({
    method: 'GET',
    path,
    entries(answer) {
      if (answer.status === 404) return [tagEntry(repository, tag, { kind: 'read', value: absent })];
      if (answer.status !== 200) throw unexpected(`GET ${path}`, answer);
      const digest = digestOf(answer.body);
      return [
        tagEntry(repository, tag, { kind: 'read', value: digest }),
        imageEntry(repository, digest, { kind: 'read', value: 'there' }),
      ];
    },
  });
  return status === 200 ? digestOf(body) : undefined;
}

/** Pulls an image byte for byte; false when the repository has it not. What is answered goes into the history. */
export async function pullImage(session: Session, repository: string, digest: string): Promise<boolean> {
  const { world } = session;
  const path = `/v2/${repository}/manifests/${digest}`;
  const before = world.history.now();
  const { status } = await session.ask({
    method: 'GET',
    path,
    entries(answer) {
      const isThere = answer.status === 200;
      if (!isThere && answer.status !== 404) throw unexpected(`GET ${path}`, answer);
      if (isThere && digestOf(answer.body) !== digest) throw new Violation(`${path} gave other bytes`);
      return [imageEntry(repository, digest, { kind: 'read', value: isThere ? 'there' : absent })];
    },
  });
  if (status !== 200) return false;
  for (const content of world.images.get(digest)?.contents ?? []) {
    if (!(await pullLayer(session, repository, content.digest, digest, before))) return false;
  }
  world.counts.pulls += 1;
  return true;
}

/** A layer of an image may be missing only when the image was deleted meanwhile. */
async function pullLayer(session: Session, repository: string, layer: string, image: string, since: number) {
  const path = `/v2/${repository}/blobs/${layer}`;
  const { status } = await session.ask({
    method: 'GET',
    path,
    entries(answer) {
      if (answer.status === 200 && digestOf(answer.body) !== layer) throw new Violation(`${path} gave other bytes`);
      const value = answer.status === 200 ? 'there' : absent;
      if (answer.status === 200) return [layerEntry(repository, { digest: layer }, { kind: 'read', value })];
      if (answer.status !== 404) throw unexpected(`GET ${path}`, answer);
      if (session.world.history.wasRemovedAfter(since, 'image', repository, image)) return [];
      throw new Violation(`the image ${image} of ${repository} has lost a layer: GET ${path} ${textOf(answer)}`);
    },
  });
  return status === 200;
}
