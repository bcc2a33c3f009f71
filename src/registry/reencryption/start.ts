// The start of a move to another key: the key is taken, and in one transaction the repository writes to it.

import type { Caller } from '#core/caller.ts';
import type { Clock } from '#core/clock.ts';
import { DomainError, invalidParameter } from '#core/errors.ts';
import { limits } from '#core/limits.ts';
import type { KeyRing } from '#core/ports/key-ring.ts';
import type { RepositoryKeys } from '#core/ports/repository-keys.ts';
import type { Random } from '#core/random.ts';
import type { Database } from '#stores/sql/database.ts';
import { changing } from '#stores/sql/guarded-cache.ts';
import type { Encryption, Repository } from '../registry.ts';
import { repositoryNotFound } from '../repositories/refusals.ts';
import {
  findRepositoryById,
  type RepositoryRow,
  type RepositoryTables,
  updateRepository,
} from '../repositories/tables.ts';
import type { ReencryptionTarget } from './reencryptions.ts';
import {
  findLatest,
  insertReencryption,
  type ReencryptionRow,
  type ReencryptionTables,
  retiringSlots,
} from './tables.ts';

export interface StartOptions {
  readonly database: Database;
  readonly keyRing: KeyRing;
  readonly repositoryKeys: RepositoryKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly forgetRepository: (repository: Repository) => void;
}

type Taken = Pick<ReencryptionRow, 'to_type' | 'to_key' | 'to_domain' | 'to_slot'>;

/** See `Reencryptions.start`. A kill between taking the key and the transaction leaves grants for nothing. */
export async function startReencryption(
  options: StartOptions,
  repository: Repository,
  target: ReencryptionTarget,
  caller: Caller,
): Promise<ReencryptionRow> {
  const { database, repositoryKeys: keys, forgetRepository } = options;
  if (repository.moving !== undefined) throw underWay(repository);
  const wanted = wantedOf(repository, target);
  if (repository.keySlot !== undefined) await keys.requireReader(repository.keySlot, caller);
  const taken = await take(options, repository, wanted, caller);
  try {
    return await changing<ReencryptionTables, ReencryptionRow>(
      database,
      async (transaction) => {
        const repositories = transaction.$pickTables<keyof RepositoryTables>();
        const before = await findRepositoryById(repositories, repository.id);
        if (before === undefined) throw repositoryNotFound(repository.registry, repository.name);
        if (before.other_domain !== null || before.key_domain !== repository.keyDomain) throw underWay(repository);
        const kept = await retiringSlots(transaction, repository.id);
        if (kept.length >= limits.reencryptionsKeptMax) throw tooMany(repository);
        const latest = await findLatest(transaction, repository.id);
        const row = newRow(options, before, taken, { caller, latest });
        await insertReencryption(transaction, row);
        await updateRepository(repositories, repository.id, {
          key_domain: taken.to_domain,
          key_slot: taken.to_slot,
          other_domain: before.key_domain,
          other_slot: before.key_slot,
          unnamed_domain: before.key_domain,
        });
        return row;
      },
      () => forgetRepository(repository),
    );
  } catch (error) {
    if (taken.to_slot !== null) await keys.release(taken.to_slot, caller);
    throw error;
  }
}

/** Throws invalid-parameter. */
function wantedOf({ encryption }: Repository, { type, kmsKey }: ReencryptionTarget): Encryption {
  const isSame = type === undefined && kmsKey === undefined;
  const wanted = isSame ? encryption : { type: type ?? 'KMS', ...(kmsKey === undefined ? {} : { kmsKey }) };
  if (wanted.type !== 'AES256') return wanted;
  if (kmsKey !== undefined) {
    throw invalidParameter('kmsKey', 'must be null when encryptionType is AES256');
  }
  if (encryption.type === 'AES256') {
    throw invalidParameter('encryptionType', "the repository is under the registry's own key already");
  }
  return wanted;
}

async function take(
  { keyRing, repositoryKeys: keys }: StartOptions,
  { registry, arn, encryption }: Repository,
  { type, kmsKey }: Encryption,
  caller: Caller,
): Promise<Taken> {
  if (type === 'AES256') {
    return { to_type: type, to_key: null, to_domain: await keyRing.domainOf(registry), to_slot: null };
  }
  const leaving = { type: encryption.type, kmsKey: encryption.kmsKey };
  const choice = { type, leaving, ...(kmsKey === undefined ? {} : { kmsKey }) };
  const slot = await keys.assign({ registry, arn }, choice, caller);
  return { to_type: type, to_key: slot.kmsKey, to_domain: slot.keyDomain, to_slot: slot.slotId };
}

function newRow(
  { clock, random }: StartOptions,
  before: RepositoryRow,
  taken: Taken,
  { caller, latest }: { readonly caller: Caller; readonly latest: ReencryptionRow | undefined },
): ReencryptionRow {
  return {
    reencryption_id: random.uuid(),
    repository_id: before.repository_id,
    registry: `${before.account_id}/${before.region}`,
    state: 'RUNNING',
    from_type: before.encryption_type,
    from_key: before.kms_key,
    from_domain: before.key_domain,
    from_slot: before.key_slot,
    ...taken,
    requested_by: caller.principal.arn,
    // It is by this that the latest is known, also where the clock was set back.
    started_at_ms: Math.max(clock.nowMs(), (latest?.started_at_ms ?? 0) + 1),
    finished_at_ms: null,
    paused_reason: null,
    ...{ images_moved: 0, layers_moved: 0, bytes_moved: 0 },
    ...{ images_total: null, layers_total: null, bytes_total: null },
    ...{ retiring_slot: null, retire_at_ms: null },
  };
}

function tooMany({ name }: Repository): DomainError<'entity-limit-exceeded'> {
  const message = `The repository '${name}' was moved too often of late: wait until what it has left is given back.`;
  return new DomainError('entity-limit-exceeded', message, {});
}

function underWay({ name }: Repository): DomainError<'entity-already-exists'> {
  const message = `The repository '${name}' is being moved to another key already: wait for its end, or cancel it.`;
  return new DomainError('entity-already-exists', message, {});
}
