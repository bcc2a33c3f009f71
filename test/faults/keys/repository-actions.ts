// Repositories under customer keys: made, pushed to, pulled from, deleted, as far as their keys allow it.

import * as Ecr from '@aws-sdk/client-ecr';
import { digestOf, imageManifestType, type OciAnswer } from '../../support/oci-client.ts';
import { absent } from '../checking/register.ts';
import { Violation } from '../checking/registers.ts';
import { unexpected } from '../driving/session.ts';
import { contentOf, type Image, imageOf } from '../driving/world.ts';
import { call, entry, type KeyClient, keyIs, keyIsNot } from './calls.ts';
import { any, type KeyEntry, type KeyOperation } from './key-register.ts';
import type { KnownKey, KnownRepository } from './key-world.ts';

const there = 'there';

type Answer = 'done' | 'refused' | undefined;

function repositoryEntry(name: string, operation: KeyOperation): KeyEntry {
  return entry('repository', name, '', operation);
}

export function isThere({ name }: KnownRepository): KeyEntry {
  return repositoryEntry(name, { kind: 'among', states: [there] });
}

export function isMissing({ name }: KnownRepository): KeyEntry {
  return repositoryEntry(name, { kind: 'among', states: [absent] });
}

/** Under a name of its own: nobody makes it twice. */
export async function createRepository({ session, ecr, random }: KeyClient, key: KnownKey): Promise<void> {
  const { world } = session;
  const name = `keys/r${world.nextNumber()}`;
  const encryptionType = random.oneIn(3) ? 'KMS_DSSE' : 'KMS';
  const value = `${encryptionType} ${key.keyId}`;
  const encryptionConfiguration = { encryptionType, kmsKey: key.arn } as const;
  const made = (answer: Answer) => repositoryEntry(name, { kind: 'move', moves: { [absent]: there }, answer });
  world.repositoriesAsked.set(name, value);
  await call(session, {
    ...{ name: `CreateRepository ${name}`, kind: 'write', unanswered: [made(undefined)] },
    send: () => ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: name, encryptionConfiguration })),
    done() {
      world.repositoriesAsked.delete(name);
      world.repositories.push({ name, key, value, target: undefined, images: [], isDeletionAsked: false });
      return [made('done'), keyIs(key, 'Enabled')];
    },
    refused: { KmsException: [keyIsNot(key, 'Enabled')] },
  });
}

/** Images and all. Whatever the state of its key is. */
export async function deleteRepository({ session, ecr }: KeyClient, repository: KnownRepository): Promise<void> {
  const gone = (answer: Answer) => repositoryEntry(repository.name, { kind: 'move', moves: { [any]: absent }, answer });
  repository.isDeletionAsked = true;
  await call(session, {
    ...{ name: `DeleteRepository ${repository.name}`, kind: 'write', unanswered: [gone(undefined)] },
    send: () => ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: repository.name, force: true })),
    done: () => [gone('done')],
    refused: { RepositoryNotFoundException: [gone('refused')] },
  });
}

/** What it is encrypted with is as it was asked for, or what it is being moved to. */
export async function describeRepository({ session, ecr }: KeyClient, repository: KnownRepository): Promise<void> {
  const { name } = repository;
  await call(session, {
    ...{
      name: 'DescribeRepositories',
      kind: 'read',
      refused: { RepositoryNotFoundException: [isMissing(repository)] },
    },
    send: () => ecr.send(new Ecr.DescribeRepositoriesCommand({ repositoryNames: [name] })),
    done({ repositories = [] }) {
      const value = valueOf(repositories[0]);
      const isRight = value === repository.value || value === repository.target?.value;
      if (!isRight) throw new Violation(`${name} is under ${value}, not under ${repository.value}`);
      return [isThere(repository)];
    },
  });
}

/** `KMS <key id>`, as the world has it. */
export function valueOf(repository: Ecr.Repository | undefined): string {
  const { encryptionType = '', kmsKey = '' } = repository?.encryptionConfiguration ?? {};
  return `${encryptionType} ${kmsKey.slice(kmsKey.lastIndexOf('/') + 1)}`;
}

/** What an answer without success says; undefined for one that succeeded. Throws Violation for what should not be. */
function refusalOf(repository: KnownRepository, what: string, answer: OciAnswer): readonly KeyEntry[] | undefined {
  if (answer.status < 400) return undefined;
  const code = /"code":"(\w+)"/.exec(answer.body.toString())?.[1];
  if (answer.status === 403) {
    // While a repository goes its grants and its slot go after it: a request that had begun says what it sees then.
    if (repository.isDeletionAsked) return [];
    // Which of two keys stood in the way is not told.
    if (repository.target !== undefined) return [];
    const isWithout = /has no key any more/.test(answer.body.toString());
    return [isWithout ? keyIs(repository.key, absent) : keyIsNot(repository.key, 'Enabled')];
  }
  if (answer.status === 404 && code === 'NAME_UNKNOWN') return [isMissing(repository)];
  throw unexpected(what, answer);
}

/** Of a repository on its way to another key, either may be what was used. */
function ofUse(repository: KnownRepository): readonly KeyEntry[] {
  const { key, target } = repository;
  return [isThere(repository), ...(target === undefined ? [keyIs(key, 'Enabled')] : [])];
}

function imageEntry({ name }: KnownRepository, { digest }: Image, operation: KeyOperation): KeyEntry {
  return entry('image', name, digest, operation);
}

/** Layers first, each in one request, then the manifest. False when the key or the repository stood in the way. */
export async function pushImage({ session, random }: KeyClient, repository: KnownRepository): Promise<boolean> {
  const { world } = session;
  const layers = Array.from({ length: random.between(1, 2) }, () =>
    contentOf(world.nextNumber(), random.between(1, 60_000)),
  );
  const image = imageOf(contentOf(world.nextNumber(), 200), layers);
  for (const content of image.contents) {
    const path = `/v2/${repository.name}/blobs/uploads/?digest=${content.digest}`;
    const { status } = await session.ask({
      ...{ method: 'POST', path, body: world.bytes(content) },
      entries: (answer) => refusalOf(repository, 'a layer', answer) ?? ofUse(repository),
    });
    if (status >= 400) return false;
  }
  const put = (answer: Answer): KeyEntry =>
    imageEntry(repository, image, { kind: 'move', moves: { [absent]: there, [there]: there }, answer });
  const { status } = await session.ask({
    ...{ method: 'PUT', path: `/v2/${repository.name}/manifests/v${world.nextNumber()}`, body: image.manifest },
    headers: { 'content-type': imageManifestType },
    unanswered: [put(undefined)],
    entries(answer) {
      const refused = refusalOf(repository, 'a manifest', answer);
      if (refused !== undefined) return refused;
      repository.images.push(image);
      return [put('done'), ...ofUse(repository)];
    },
  });
  return status < 400;
}

/** Byte for byte; false when it was refused, which has to be because of the key or because the image is gone. */
export async function pullImage({ session }: KeyClient, repository: KnownRepository, image: Image): Promise<boolean> {
  const { name } = repository;
  const wanted = [['manifests', image.digest], ...image.contents.map(({ digest }) => ['blobs', digest])] as const;
  for (const [kind = '', digest = ''] of wanted) {
    const path = `/v2/${name}/${kind}/${digest}`;
    const { status } = await session.ask({
      ...{ method: 'GET', path },
      entries(answer) {
        // What was in a repository that is being deleted may go before its name does.
        const isUnknown = answer.status === 404 && /(MANIFEST|BLOB)_UNKNOWN/.test(answer.body.toString());
        if (isUnknown) return [imageEntry(repository, image, { kind: 'among', states: [absent] })];
        const refused = refusalOf(repository, `GET ${path}`, answer);
        if (refused !== undefined) return refused;
        if (digestOf(answer.body) !== digest) throw new Violation(`GET ${path} gave other bytes`);
        return [imageEntry(repository, image, { kind: 'among', states: [there] }), ...ofUse(repository)];
      },
    });
    if (status >= 400) return false;
  }
  session.world.counts.pulls += 1;
  return true;
}
