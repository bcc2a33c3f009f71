// After each restart: some keys with all that was made with them, aliases, repositories; at the end everything.

import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import type { SeededRandom } from '../driving/seeded-random.ts';
import * as attachments from './attachment-actions.ts';
import type { KeyClient } from './calls.ts';
import { lookAtAllCertificates, lookAtSomeCertificates } from './certificate-checks.ts';
import * as keys from './key-actions.ts';
import type { KnownKey, KnownRepository } from './key-world.ts';
import { awaitMove, lookAtMove } from './moving-actions.ts';
import * as repositories from './repository-actions.ts';

const sampled = {
  recentKeys: 8,
  livingKeys: 3,
  goneKeys: 2,
  ciphertexts: 6,
  repositories: 5,
  images: 2,
  certificates: 1,
};

/** A due deletion is executed as soon as the jobs have begun: this is for a busy machine. */
const deletedWithinMs = 60_000;

export async function lookAtSome(client: KeyClient): Promise<void> {
  const { session, random } = client;
  const { world } = session;
  const gone = world.keys.filter(({ keyId }) => world.isGone(keyId));
  const looked = new Set([
    ...world.recent.slice(-sampled.recentKeys),
    ...some(random, world.livingKeys(), sampled.livingKeys),
    ...some(random, gone, sampled.goneKeys),
  ]);
  world.recent = [];
  for (const key of looked) {
    await lookAtKey(client, key);
    for (const one of some(random, key.ciphertexts, sampled.ciphertexts)) await keys.decrypt(client, key, one);
  }
  for (const name of world.aliases) await attachments.readAlias(client, name);
  await lookAtSomeCertificates(client, sampled.certificates);
  for (const repository of world.repositories) await lookAtMove(client, repository);
  for (const repository of some(random, world.repositories, sampled.repositories)) {
    await repositories.describeRepository(client, repository);
    for (const image of some(random, repository.images, sampled.images)) {
      await repositories.pullImage(client, repository, image);
    }
  }
}

/** The newest, and some of the others. */
function some<Item>(random: SeededRandom, items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const newest = items.slice(-Math.ceil(count / 2));
  const older = Array.from({ length: count - newest.length }, () => random.pick(items));
  return [...new Set([...newest, ...older])];
}

/** Everything about it but what was made with it. The state. */
async function lookAtKey(client: KeyClient, key: KnownKey): Promise<string> {
  const state = await keys.describeKey(client, key);
  await keys.readPolicy(client, key);
  if (state === 'Enabled' || state === 'Disabled') await keys.readRotation(client, key);
  if (key.material === undefined) await keys.countRotations(client, key);
  await attachments.listGrants(client, key);
  return state;
}

/** Keys that are left are called back and enabled: all that was ever made with them has to open. */
export async function lookAtEverything(client: KeyClient): Promise<void> {
  const { world } = client.session;
  const usable = new Set<string>();
  for (const key of world.keys) {
    const isUsable = await callBack(client, key);
    if (isUsable) usable.add(key.keyId);
    else world.counts.deleted += 1;
    for (const one of key.ciphertexts) {
      const isOpen = await keys.decrypt(client, key, one);
      if (isOpen !== isUsable) throw new Violation(`${key.arn} is ${isUsable ? '' : 'not '}there, and opens otherwise`);
    }
  }
  for (const name of world.aliases) await attachments.readAlias(client, name);
  await lookAtKeysThatNobodyWasToldOf(client, usable);
  for (const one of world.repositories) await lookAtRepository(client, one, usable);
  await lookAtRepositoriesThatNobodyWasToldOf(client, usable);
  await lookAtAllCertificates(
    client,
    world.keys.filter(({ keyId }) => !usable.has(keyId)),
  );
}

/** True when the key is there, and enabled now; false when it was deleted, as it had to be. */
async function callBack(client: KeyClient, key: KnownKey): Promise<boolean> {
  const { world } = client.session;
  const untilMs = Date.now() + deletedWithinMs;
  let state = await lookAtKey(client, key);
  while (state === 'PendingDeletion' && world.mayBeGone(key.keyId)) {
    if (Date.now() > untilMs) throw new Violation(`${key.arn} is not deleted although its time has come`);
    // Nobody is told when a job has run: looking again later is all that can be done.
    await new Promise((resolve) => setTimeout(resolve, 50));
    state = await keys.describeKey(client, key);
  }
  if (state === absent) return false;
  if (state === 'PendingDeletion') await keys.cancelDeletion(client, key);
  state = await keys.describeKey(client, key);
  if (state === 'PendingImport') await attachments.bringIn(client, key, true);
  else if (state === 'Disabled') await keys.enableKey(client, key);
  state = await keys.describeKey(client, key);
  if (state !== 'Enabled') throw new Violation(`${key.arn} is ${state}, and cannot be made use of again`);
  return true;
}

/** No deleted key comes back; one whose making was not answered is whole, or is not there. */
async function lookAtKeysThatNobodyWasToldOf(client: KeyClient, usable: ReadonlySet<string>): Promise<void> {
  const { kms, session } = client;
  const { world } = session;
  const known = new Set(world.keys.map(({ keyId }) => keyId));
  const listed = await allKeys(kms);
  for (const { KeyId = '', KeyArn = '' } of listed) {
    if (known.has(KeyId)) continue;
    const { KeyMetadata } = await kms.send(new Kms.DescribeKeyCommand({ KeyId }));
    const { Description = '', KeyState } = KeyMetadata ?? {};
    const asked = world.keysAsked.get(Description);
    const wanted = asked?.isExternal === true ? 'PendingImport' : 'Enabled';
    if (asked === undefined || KeyState !== wanted) throw new Violation(`${KeyArn} is ${KeyState}: ${Description}`);
    world.keysAsked.delete(Description);
    const { Policy } = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId }));
    if (Policy === undefined || Policy === '') throw new Violation(`${KeyArn} has no policy`);
    if (asked.isExternal) continue;
    const Plaintext = Buffer.from('whole');
    const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }));
    const opened = await kms.send(new Kms.DecryptCommand({ CiphertextBlob }));
    if (!Plaintext.equals(opened.Plaintext ?? new Uint8Array())) throw new Violation(`${KeyArn} does not open`);
  }
  const ids = new Set(listed.map(({ KeyId }) => KeyId));
  for (const { keyId, arn } of world.keys) {
    if (ids.has(keyId) === usable.has(keyId)) continue;
    throw new Violation(`${arn} is ${ids.has(keyId) ? 'listed although it was deleted' : 'not listed'}`);
  }
}

async function allKeys(kms: Kms.KMSClient): Promise<readonly Kms.KeyListEntry[]> {
  const all: Kms.KeyListEntry[] = [];
  for await (const { Keys = [] } of Kms.paginateListKeys({ client: kms }, {})) all.push(...Keys);
  return all;
}

/** Under a key that is there every image is there; under a deleted one none ever is. */
async function lookAtRepository(
  client: KeyClient,
  repository: KnownRepository,
  usable: ReadonlySet<string>,
): Promise<void> {
  const isUsable = (key: KnownKey) => usable.has(key.keyId);
  const isEnded = await awaitMove(client, repository, isUsable);
  await repositories.describeRepository(client, repository);
  const { key, target } = repository;
  const keysOf = target === undefined ? [key] : [key, target.key];
  for (const image of repository.images) {
    const isPulled = await repositories.pullImage(client, repository, image);
    const isWrong = isPulled && !keysOf.some(isUsable);
    // Of a move that waits for a key that is gone, what was under that key is gone with it.
    const isLost = !isPulled && isEnded && keysOf.every(isUsable) && !repository.isDeletionAsked;
    if (!isWrong && !isLost) continue;
    throw new Violation(`${image.digest} of ${repository.name} ${isWrong ? 'is pulled without its key' : 'is lost'}`);
  }
}

/** A repository whose making was not answered is under the key that was asked for, and takes images. */
async function lookAtRepositoriesThatNobodyWasToldOf(client: KeyClient, usable: ReadonlySet<string>): Promise<void> {
  const { ecr, session } = client;
  const { world } = session;
  const known = new Set(world.repositories.map(({ name }) => name));
  for await (const { repositories: page = [] } of Ecr.paginateDescribeRepositories({ client: ecr }, {})) {
    for (const one of page) {
      const { repositoryName: name = '' } = one;
      if (known.has(name)) continue;
      const value = repositories.valueOf(one);
      if (world.repositoriesAsked.get(name) !== value) throw new Violation(`${name} is under ${value}`);
      const key = world.keys.find(({ keyId }) => value.endsWith(` ${keyId}`));
      if (key === undefined) throw new Violation(`${name} is under a key that nobody has: ${value}`);
      const adopted: KnownRepository = { name, key, value, target: undefined, images: [], isDeletionAsked: false };
      const isUsable = usable.has(key.keyId);
      if ((await repositories.pushImage(client, adopted)) !== isUsable) {
        throw new Violation(`${name} ${isUsable ? 'takes no images' : 'takes images without its key'}`);
      }
    }
  }
}
