// Uploads that live through kills: what was acknowledged of them is still there, and they go on from where they were.

import type { OciAnswer } from '../../support/oci-client.ts';
import { Violation } from '../checking/registers.ts';
import { completeUpload, isLayerThere, startUpload } from './layers.ts';
import { type Session, textOf, unexpected } from './session.ts';
import { bytesOf, contentOf, type OpenUpload } from './world.ts';

/** Begins an upload that is meant to take several lives of the server. */
export async function beginUpload(session: Session, repository: string): Promise<void> {
  const { world } = session;
  const content = contentOf(world.nextNumber(), world.random.between(100_000, 1_500_000));
  const location = await startUpload(session, repository);
  world.uploads.push({ repository, content, location, receivedBytes: 0, sentBytes: 0, ending: undefined });
}

/** Takes an upload, goes on with it for a while, and puts it back unless it has ended. */
export async function resumeUpload(session: Session): Promise<void> {
  const { world } = session;
  const upload = world.uploads.shift();
  if (upload === undefined) return;
  let hasEnded = false;
  try {
    hasEnded = await goOn(session, upload);
  } finally {
    if (!hasEnded) world.uploads.push(upload);
  }
}

async function goOn(session: Session, upload: OpenUpload): Promise<boolean> {
  const { random, counts } = session.world;
  if (!(await findPlace(session, upload))) return true;
  counts.resumed += 1;
  if (random.oneIn(12)) return cancel(session, upload);
  const bytes = bytesOf(upload.content);
  for (let part = 0; part < 3 && upload.receivedBytes < bytes.length; part += 1) {
    const first = upload.receivedBytes;
    const end = Math.min(bytes.length, first + random.between(2, 400_000));
    upload.sentBytes = end;
    await session.ask({
      method: 'PATCH',
      path: upload.location,
      body: bytes.subarray(first, end),
      headers: { 'content-range': `${first}-${end - 1}` },
      entries(answer) {
        if (answer.status !== 202) throw unexpected(`a part at ${first} of ${upload.location}`, answer);
        upload.receivedBytes = end;
        return [];
      },
    });
  }
  if (upload.receivedBytes < bytes.length) return false;
  upload.ending = 'complete';
  await completeUpload(session, upload.repository, upload.content, upload.location);
  return true;
}

/** Asks where the upload is; false when it is gone, which is right only when its end was asked for. */
async function findPlace(session: Session, upload: OpenUpload): Promise<boolean> {
  const answer = await session.ask({
    method: 'GET',
    path: upload.location,
    entries(received) {
      if (received.status === 204) readPlace(upload, received);
      else if (received.status !== 404) throw unexpected(`GET ${upload.location}`, received);
      else if (upload.ending === undefined) throw new Violation(`an upload is lost: ${textOf(received)}`);
      return [];
    },
  });
  if (answer.status === 204) return true;
  // Completed just now or cancelled; what the layer's register says is checked like any other read.
  if (upload.ending === 'complete') await isLayerThere(session, upload.repository, upload.content);
  return false;
}

/** `Range: 0-<last>`: nothing that was acknowledged is missing, nothing is there that was not sent. */
function readPlace(upload: OpenUpload, answer: OciAnswer): void {
  const last = Number(/^0-(\d+)$/.exec(answer.headers.range ?? '')?.[1]);
  // One byte would look like none: parts are longer.
  const received = last === 0 ? 0 : last + 1;
  if (!(received >= upload.receivedBytes && received <= upload.sentBytes)) {
    const known = `${upload.receivedBytes} acknowledged, ${upload.sentBytes} sent`;
    throw new Violation(`the upload ${upload.location} says ${answer.headers.range}: ${known}`);
  }
  upload.receivedBytes = received;
}

async function cancel(session: Session, upload: OpenUpload): Promise<boolean> {
  upload.ending = 'cancel';
  await session.ask({
    method: 'DELETE',
    path: upload.location,
    entries(answer) {
      if (answer.status !== 204) throw unexpected('a cancelled upload', answer);
      return [];
    },
  });
  await session.ask({
    method: 'GET',
    path: upload.location,
    entries(answer) {
      if (answer.status !== 404) throw unexpected('an upload that was cancelled', answer);
      return [];
    },
  });
  return true;
}
