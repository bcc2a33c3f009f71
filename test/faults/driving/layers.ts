// Pushing layers: asked for first as docker does, mounted, sent whole or in parts; and deleting them.

import type { Entry } from '../checking/history.ts';
import { absent, type RegisterOperation } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { type Session, unexpected } from './session.ts';
import { bytesOf, type Content, type Told } from './world.ts';

export function layerEntry(
  repository: string,
  { digest }: Pick<Content, 'digest'>,
  operation: RegisterOperation,
): Entry {
  return { kind: 'layer', repository, name: digest, operation };
}

const put: RegisterOperation = { kind: 'put', value: 'there' };

/** The layer is in the repository when this resolves; since when that is sure. */
export async function ensureLayer(session: Session, repository: string, content: Content): Promise<Told> {
  const { random, history } = session.world;
  const told = { atMs: Date.now(), moment: history.now() };
  if (await isLayerThere(session, repository, content)) return told;
  switch (random.between(0, 3)) {
    case 0:
      return mountLayer(session, repository, content);
    case 1:
      return sendWhole(session, repository, content);
    default:
      return sendInParts(session, repository, content);
  }
}

export async function isLayerThere(
  session: Session,
  repository: string,
  content: Pick<Content, 'digest'>,
): Promise<boolean> {
  const { status } = await session.ask({
    method: 'HEAD',
    path: `/v2/${repository}/blobs/${content.digest}`,
    entries(answer) {
      if (answer.status !== 200 && answer.status !== 404) throw unexpected('HEAD of a layer', answer);
      const value = answer.status === 200 ? 'there' : absent;
      return [layerEntry(repository, content, { kind: 'read', value })];
    },
  });
  return status === 200;
}

/** From any repository; when none has it the answer begins an upload, which is gone on with. */
async function mountLayer(session: Session, repository: string, content: Content): Promise<Told> {
  const told = tell(session);
  const entry = layerEntry(repository, content, put);
  const answer = await session.ask({
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?mount=${content.digest}`,
    body: Buffer.alloc(0),
    unanswered: [entry],
    entries(received) {
      if (received.status === 201) return [entry];
      if (received.status === 202) return [];
      throw unexpected('a mount', received);
    },
  });
  return answer.status === 201 ? told : finishUpload(session, repository, content, locationOf(answer.headers.location));
}

async function sendWhole(session: Session, repository: string, content: Content): Promise<Told> {
  const told = tell(session);
  const entry = layerEntry(repository, content, put);
  await session.ask({
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/?digest=${content.digest}`,
    body: bytesOf(content),
    unanswered: [entry],
    entries(answer) {
      if (answer.status === 201) return [entry];
      throw unexpected('a layer in one request', answer);
    },
  });
  return told;
}

async function sendInParts(session: Session, repository: string, content: Content): Promise<Told> {
  return finishUpload(session, repository, content, await startUpload(session, repository));
}

export async function startUpload(session: Session, repository: string): Promise<string> {
  const answer = await session.ask({
    method: 'POST',
    path: `/v2/${repository}/blobs/uploads/`,
    body: Buffer.alloc(0),
    entries(received) {
      if (received.status === 202) return [];
      throw unexpected('the start of an upload', received);
    },
  });
  return locationOf(answer.headers.location);
}

async function finishUpload(session: Session, repository: string, content: Content, at: string): Promise<Told> {
  const bytes = bytesOf(content);
  const half = session.world.random.between(0, bytes.length - 1);
  for (const [first, end] of [
    [0, half],
    [half, bytes.length],
  ] as const) {
    if (first === end) continue;
    await session.ask({
      method: 'PATCH',
      path: at,
      body: bytes.subarray(first, end),
      headers: { 'content-range': `${first}-${end - 1}` },
      entries(answer) {
        if (answer.status === 202) return [];
        throw unexpected('a part of a layer', answer);
      },
    });
  }
  return completeUpload(session, repository, content, at);
}

export async function completeUpload(session: Session, repository: string, content: Content, at: string) {
  const told = tell(session);
  const entry = layerEntry(repository, content, put);
  await session.ask({
    method: 'PUT',
    path: `${at}?digest=${content.digest}`,
    body: Buffer.alloc(0),
    unanswered: [entry],
    entries(answer) {
      if (answer.status === 201) return [entry];
      throw unexpected('the end of an upload', answer);
    },
  });
  return told;
}

export async function deleteLayer(session: Session, repository: string, content: Content): Promise<void> {
  const removal = (found: boolean | undefined) => [layerEntry(repository, content, { kind: 'remove', found })];
  await session.ask({
    method: 'DELETE',
    path: `/v2/${repository}/blobs/${content.digest}`,
    unanswered: removal(undefined),
    entries(answer) {
      if (answer.status === 202) return removal(true);
      if (answer.status === 404) return removal(false);
      // An image needs it: then it is there.
      if (answer.status === 405) return [layerEntry(repository, content, { kind: 'read', value: 'there' })];
      throw unexpected('the deletion of a layer', answer);
    },
  });
}

/** Taken before the question: the server counts the grace from its answer, which is later. */
function tell({ world }: Session): Told {
  return { atMs: Date.now(), moment: world.history.now() };
}

export function locationOf(header: string | undefined): string {
  if (header === undefined) throw new Violation('an upload was begun without a Location');
  return new URL(header, 'http://relative').pathname;
}
