// Repositories that are moved to another key, or to the same one anew, while they are pulled from and pushed to.

import { Violation } from '../checking/registers.ts';
import { type KeyClient, keyIs, keyIsNot } from './calls.ts';
import type { KnownKey, KnownRepository } from './key-world.ts';
import { callOwnDoor } from './own-door.ts';
import { isMissing, isThere } from './repository-actions.ts';

interface Waiting {
  readonly status: string;
  /** Empty when nothing stands in its way. */
  readonly reason: string;
}

const noMove = 'ResourceNotFoundException';
const missing = 'RepositoryNotFoundException';

/** Begins a move, or turns round the one that may be under way. From then on some of it may be under either key. */
export async function moveSome(client: KeyClient, repository: KnownRepository, to: KnownKey): Promise<void> {
  if (repository.target !== undefined) return turnRound(client, repository);
  const { session, random, sign } = client;
  const { name, key } = repository;
  const encryptionType = random.oneIn(3) ? 'KMS_DSSE' : 'KMS';
  repository.target = { key: to, value: `${encryptionType} ${to.keyId}` };
  const isSame = to.keyId === key.keyId;
  const answer = await callOwnDoor(session, sign, {
    ...{ name: 'ReencryptRepository', input: { repositoryName: name, kmsKey: to.arn, encryptionType } },
    done: () => [isThere(repository), keyIs(key, 'Enabled'), keyIs(to, 'Enabled')],
    // Which of two keys it was is not told.
    refused: { KmsException: isSame ? [keyIsNot(key, 'Enabled')] : [], [missing]: [isMissing(repository)] },
  });
  if (typeof answer === 'string') repository.target = undefined;
}

async function turnRound({ session, sign }: KeyClient, repository: KnownRepository): Promise<void> {
  await callOwnDoor(session, sign, {
    ...{ name: 'CancelReencryption', input: { repositoryName: repository.name } },
    done: () => [isThere(repository)],
    refused: { [noMove]: [], [missing]: [isMissing(repository)] },
  });
}

/**
 * At a quiet moment: where a move has ended, everything is under the key that the repository is described with, and it
 * is under no other. Of a move that has not, its state and what it waits for; undefined when there is none.
 */
export async function lookAtMove(client: KeyClient, repository: KnownRepository): Promise<Waiting | undefined> {
  const { session, sign } = client;
  const { target } = repository;
  if (target === undefined) return undefined;
  const answer = await callOwnDoor(session, sign, {
    ...{ name: 'DescribeReencryption', input: { repositoryName: repository.name } },
    done: () => [isThere(repository)],
    refused: { [noMove]: [], [missing]: [isMissing(repository)] },
  });
  if (typeof answer !== 'string') {
    const { status, reason = '' } = answer.reencryption;
    if (/damage/i.test(reason)) throw new Violation(`the move of ${repository.name} is ${status}: ${reason}`);
    if (status !== 'COMPLETE' && status !== 'CANCELLED') return { status, reason };
    // It may be an earlier one that is told of: then this one was never begun.
    const { kmsKey, encryptionType } = status === 'COMPLETE' ? answer.reencryption.to : answer.reencryption.from;
    const value = `${encryptionType} ${kmsKey?.slice(kmsKey.lastIndexOf('/') + 1)}`;
    if (status === 'COMPLETE' && value === target.value) session.world.counts.moved += 1;
    if (value === target.value) Object.assign(repository, target);
    else if (value !== repository.value) throw new Violation(`${repository.name} was moved to ${value}`);
  }
  repository.target = undefined;
  return undefined;
}

const endsWithinMs = 120_000;

/** True once it has ended; false when it waits for a key that is gone. */
export async function awaitMove(
  client: KeyClient,
  repository: KnownRepository,
  isUsable: (key: KnownKey) => boolean,
): Promise<boolean> {
  const untilMs = Date.now() + endsWithinMs;
  for (;;) {
    const waiting = await lookAtMove(client, repository);
    if (waiting === undefined) return true;
    const { target, key, name } = repository;
    const needsBoth = [key, target?.key ?? key];
    if (waiting.reason !== '' && !needsBoth.every(isUsable)) return false;
    if (Date.now() > untilMs)
      throw new Violation(`the move of ${name} does not end: it is ${waiting.status}, ${waiting.reason}`);
    // Nobody is told when a move has ended: asking again is all that can be done.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
