// After each restart: the busy tags, the policies, the newest images and some old ones; at the end everything.

import { isLayerThere } from './layers.ts';
import { pullImage, readTag } from './reading.ts';
import type { Session } from './session.ts';

const recentMax = 12;
const olderCount = 4;

/** What was pushed last, and some of what is older. */
export async function checkSample(session: Session): Promise<void> {
  const { world } = session;
  for (const repository of world.repositories) {
    for (const tag of world.busyTags) await readTag(session, repository, tag);
  }
  const recent = world.recent.slice(-recentMax);
  world.recent = [];
  for (const { repository, digest } of recent) await pullImage(session, repository, digest);
  const older = world.history.registersOf('image');
  if (older.length === 0) return;
  for (let count = 0; count < olderCount; count += 1) {
    const { repository, name } = world.random.pick(older);
    await pullImage(session, repository, name);
  }
}

/** Every image, tag and layer that ever was: those that were deleted stay away, all images that are left are whole. */
export async function checkEverything(session: Session): Promise<void> {
  const { history } = session.world;
  for (const { repository, name } of history.registersOf('image')) await pullImage(session, repository, name);
  for (const { repository, name } of history.registersOf('tag')) await readTag(session, repository, name);
  for (const { repository, name, states } of history.registersOf('layer')) {
    const isThere = await isLayerThere(session, repository, { digest: name });
    if (!isThere && states.size === 1 && states.has('there')) session.world.counts.collected += 1;
  }
}
