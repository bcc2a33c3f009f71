// Customer keys of repositories: takes one for a new repository, admits its uses, gives it back.

import type { Caller } from '#core/caller.ts';
import { isKind } from '#core/errors.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { KeyUses } from '#core/ports/key-uses.ts';
import type { KeyChoice, KeySlot, RepositoryKeys, SlotOwner } from '#core/ports/repository-keys.ts';
import { askClearing, type ClearingTables } from '../clearing/tables.ts';
import { Admission, type AdmissionOptions, useOf } from './admission.ts';
import { makeSlot, type SlotMaking } from './make-slot.ts';
import { asUnavailable, isKeysOwn, rethrow, unavailable } from './refusals.ts';
import { deleteSlot, findSlot, type SlotRow, type SlotTables } from './tables.ts';

export interface RepositoryKeysOptions extends AdmissionOptions, SlotMaking {}

/** ECR makes two alike. */
const grantsPerRepository = 2;
const grantedOperations = ['GenerateDataKey', 'Decrypt'] as const;
const managedKey = 'alias/aws/ecr';

export function openRepositoryKeys(options: RepositoryKeysOptions): RepositoryKeys {
  const admission = new Admission(options);
  return {
    assign: (owner, choice, caller) => assign(options, owner, choice, caller),
    admit: (slotId, use, object) => admission.admit(slotId, use, object),
    async release(slotId, caller) {
      const { uses } = options;
      if (caller === undefined) await giveBack(options, slotId, async () => undefined);
      else await giveBack(options, slotId, ({ key_arn }, grant) => uses.retireGrant(caller, key_arn, grant));
      admission.forget(slotId);
    },
    async retire(slotId) {
      const isGone = await giveBack(options, slotId, (row, grant) => retireOwn(options.uses, row, grant));
      admission.forget(slotId);
      return isGone;
    },
    requireReader: (slotId, caller) => requireReader(options, slotId, caller),
  };
}

async function assign(
  options: RepositoryKeysOptions,
  owner: SlotOwner,
  { type, kmsKey = managedKey, leaving }: KeyChoice,
  caller: Caller | undefined,
): Promise<KeySlot> {
  const { uses, random } = options;
  if (caller === undefined) throw unavailable('AccessDeniedException', 'Nobody asks for the key in their own name.');
  const keyArn = await describe(uses, caller, kmsKey).catch(rethrow);
  const grants: string[] = [];
  try {
    const grant = { keyArn, operations: grantedOperations, subset: { 'aws:ecr:arn': owner.arn } };
    for (let made = 0; made < grantsPerRepository; made += 1) grants.push(await uses.createGrant(caller, grant));
    const slotId = random.uuid();
    const isFresh = leaving?.type === type && leaving.kmsKey === keyArn;
    const keyDomain = await makeSlot(options, { slotId, owner, type, keyArn, isFresh, grants });
    return { slotId, kmsKey: keyArn, keyDomain };
  } catch (error) {
    await retireAll(grants, (grant) => uses.retireGrant(caller, keyArn, grant));
    throw asUnavailable(error);
  }
}

/** The ARN of a key that repositories can be encrypted with. */
async function describe(uses: KeyUses, caller: Caller, name: string): Promise<string> {
  const { keyArn, spec, usage, isEnabled } = await uses.describe(caller, name);
  if (spec !== 'SYMMETRIC_DEFAULT' || usage !== 'ENCRYPT_DECRYPT') {
    const message = `${keyArn} is a key with spec ${spec} for ${usage}: repositories take symmetric encryption keys.`;
    throw unavailable('InvalidKeyUsageException', message);
  }
  if (!isEnabled) throw unavailable('DisabledException', `${keyArn} is disabled.`);
  return keyArn;
}

type Retire<Owner> = (owner: Owner, grant: string) => MaybePromise<void>;

async function giveBack(options: RepositoryKeysOptions, slotId: string, retire: Retire<SlotRow>): Promise<boolean> {
  const { database } = options;
  try {
    const row = await findSlot(database.tables<SlotTables>(), slotId);
    if (row === undefined) return true;
    await retireAll(row.grant_ids.split(' '), (grant) => retire(row, grant));
    await database.transact<SlotTables & ClearingTables, void>(async (transaction) => {
      await deleteSlot(transaction, slotId);
      await askClearing(transaction);
    });
    return true;
  } catch {
    // Nothing is under it any more: a slot that is left over opens nothing that anybody could ask for.
    return false;
  }
}

/** The key has said nothing: it is to be asked again. */
class NotNowError extends Error {}

async function retireOwn(uses: KeyUses, row: SlotRow, grant: string): Promise<void> {
  try {
    await uses.retireOwnGrant(useOf(row), grant);
  } catch (error) {
    throw isKeysOwn(error) ? error : new NotNowError('the grant cannot be retired now', { cause: error });
  }
}

/** Grants that cannot be retired stay, to be retired by hand; the refusals are on record. */
async function retireAll(grants: readonly string[], retire: (grant: string) => MaybePromise<void>): Promise<void> {
  for (const grant of grants) {
    await Promise.resolve(retire(grant)).catch((error: unknown) => {
      if (error instanceof NotNowError) throw error;
    });
  }
}

/** A denial stays one, with its reasons: it is the caller who lacks a right, not the registry. */
async function requireReader(options: RepositoryKeysOptions, slotId: string, caller: Caller): Promise<void> {
  const { database, uses } = options;
  const row = await findSlot(database.tables<SlotTables>(), slotId);
  if (row === undefined) throw unavailable('NotFoundException', 'The repository has no key any more.');
  try {
    await uses.checkCaller(caller, useOf(row), 'Decrypt');
  } catch (error) {
    throw isKind(error, 'access-denied') ? error : asUnavailable(error);
  }
}
