// What the clients do with keys until the server is gone: each takes one thing after the other, by the seed.

import { Gone } from '../driving/session.ts';
import * as attachments from './attachment-actions.ts';
import type { KeyClient } from './calls.ts';
import * as keys from './key-actions.ts';
import type { KnownKey, KnownRepository } from './key-world.ts';
import { moveSome } from './moving-actions.ts';
import * as repositories from './repository-actions.ts';

type Action = (client: KeyClient) => Promise<unknown>;
type OnKey = (client: KeyClient, key: KnownKey) => Promise<unknown>;

/** So many at a time are enough to be busy with, and few enough that each is met often. */
const keysMax = 24;
const repositoriesMax = 24;
/** Of one key or repository: more of them show no more. */
const ciphertextsMax = 40;
const imagesMax = 12;

const actions: ReadonlyArray<readonly [weight: number, action: Action]> = [
  [4, makeKey],
  [8, onKey(encryptSome)],
  [12, onKey(decryptSome)],
  [4, onKey(keys.describeKey)],
  [3, onKey(keys.disableKey)],
  [6, onKey(keys.enableKey)],
  [2, onKey(keys.scheduleDeletion)],
  [2, onKey(keys.cancelDeletion)],
  [3, onKey(ofOwnMaterial(keys.rotateNow))],
  [2, onKey(ofOwnMaterial(keys.switchRotation))],
  [2, onKey(keys.putPolicy)],
  [1, onKey(keys.readPolicy)],
  [2, onAlias(attachments.createAlias)],
  [2, onAlias(attachments.moveAlias)],
  [1, (client) => attachments.deleteAlias(client, aliasOf(client))],
  [3, (client) => attachments.readAlias(client, aliasOf(client))],
  [4, onKey(attachments.createGrant)],
  [2, onKey(revokeSome)],
  [2, onKey(attachments.listGrants)],
  [1, onKey((client, key) => attachments.bringIn(client, key))],
  [1, onKey(attachments.takeAway)],
  [3, onKey(makeRepository)],
  [1, onRepository(repositories.deleteRepository)],
  [6, onRepository(pushSome)],
  [6, onRepository(pullSome)],
  [2, onRepository(switchUnderUse)],
  [3, onRepository(moveToSome)],
];

const choices = actions.flatMap(([weight, action]) => Array.from({ length: weight }, () => action));

/** Resolves when the server is gone; where one worker of several is, goes on. Rejects with the first Violation. */
export async function work(client: KeyClient): Promise<void> {
  const { session, random } = client;
  for (;;) {
    try {
      await random.pick(choices)(client);
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      if (session.isEnding) return;
    }
  }
}

/** A client that finds nothing to do makes a key: nothing else may keep it busy without asking the server. */
function onKey(action: OnKey): Action {
  return async (client) => {
    const { world } = client.session;
    const key = world.pickKey(client.random);
    if (key === undefined) return keys.createKey(client);
    await action(client, key);
    world.recent.push(key);
  };
}

/** Material that is brought in rotates in its own way: with more that is brought in. */
function ofOwnMaterial(action: OnKey): OnKey {
  return (client, key) => (key.material === undefined ? action(client, key) : attachments.bringIn(client, key));
}

function onAlias(action: (client: KeyClient, name: string, key: KnownKey) => Promise<unknown>): Action {
  return onKey((client, key) => action(client, aliasOf(client), key));
}

function onRepository(action: (client: KeyClient, repository: KnownRepository) => Promise<unknown>): Action {
  return async (client) => {
    const repository = client.session.world.pickRepository(client.random);
    const make = onKey(repositories.createRepository);
    await (repository === undefined ? make(client) : action(client, repository));
  };
}

function aliasOf({ session, random }: KeyClient): string {
  return random.pick(session.world.aliases);
}

async function makeKey(client: KeyClient): Promise<void> {
  const living = client.session.world.livingKeys();
  if (living.length < keysMax) await keys.createKey(client);
  else await keys.scheduleDeletion(client, client.random.pick(living));
}

async function makeRepository(client: KeyClient, key: KnownKey): Promise<void> {
  const living = client.session.world.livingRepositories();
  if (living.length < repositoriesMax) await repositories.createRepository(client, key);
  else await repositories.deleteRepository(client, client.random.pick(living));
}

async function encryptSome(client: KeyClient, key: KnownKey): Promise<void> {
  if (key.ciphertexts.length < ciphertextsMax) await keys.encrypt(client, key);
  else await decryptSome(client, key);
}

async function decryptSome(client: KeyClient, key: KnownKey): Promise<void> {
  if (key.ciphertexts.length === 0) await keys.encrypt(client, key);
  else await keys.decrypt(client, key, client.random.pick(key.ciphertexts));
}

async function revokeSome(client: KeyClient, key: KnownKey): Promise<void> {
  if (key.grants.length === 0) await attachments.createGrant(client, key);
  else await attachments.revokeGrant(client, key, client.random.pick(key.grants));
}

async function pushSome(client: KeyClient, repository: KnownRepository): Promise<void> {
  if (repository.images.length < imagesMax) await repositories.pushImage(client, repository);
  else await pullSome(client, repository);
}

async function moveToSome(client: KeyClient, repository: KnownRepository): Promise<void> {
  const to = client.session.world.pickKey(client.random) ?? repository.key;
  await moveSome(client, repository, client.random.oneIn(4) ? repository.key : to);
}

/** What an owner does to a key bites at the next use, whatever was allowed a moment ago. */
async function switchUnderUse(client: KeyClient, repository: KnownRepository): Promise<void> {
  await pullSome(client, repository);
  await keys.disableKey(client, repository.key);
  await pullSome(client, repository);
  await keys.enableKey(client, repository.key);
  await pullSome(client, repository);
}

async function pullSome(client: KeyClient, repository: KnownRepository): Promise<void> {
  if (repository.images.length === 0) await repositories.pushImage(client, repository);
  else await repositories.pullImage(client, repository, client.random.pick(repository.images));
}
