// Customer keys of repositories: takes one for a new repository, admits its uses, gives it back.

import type { Caller } from '#core/caller.ts';
import type { KeyUses } from '#core/ports/key-uses.ts';
import type { KeyChoice, KeySlot, RepositoryKeys, SlotOwner } from '#core/ports/repository-keys.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { makeSlot, type SlotMaking } from './make-slot.ts';
import { asUnavailable, rethrow, unavailable } from './refusals.ts';
import { deleteSlot, findSlot, type SlotTables } from './tables.ts';

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
      await release(options, slotId, caller);
      admission.forget(slotId);
    },
  };
}

async function assign(
  options: RepositoryKeysOptions,
  owner: SlotOwner,
  { type, kmsKey = managedKey }: KeyChoice,
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
    const keyDomain = await makeSlot(options, { slotId, owner, type, keyArn, grants });
    return { slotId, kmsKey: keyArn, keyDomain };
  } catch (error) {
    await retire(uses, caller, keyArn, grants);
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

async function release(options: RepositoryKeysOptions, slotId: string, caller: Caller | undefined): Promise<void> {
  const { database, uses } = options;
  try {
    const row = await findSlot(database.tables<SlotTables>(), slotId);
    if (row === undefined) return;
    await retire(uses, caller, row.key_arn, row.grant_ids.split(' '));
    await database.transact<SlotTables, void>((transaction) => deleteSlot(transaction, slotId));
  } catch {
    // The repository is gone already: a slot that is left over opens nothing that anybody could ask for.
  }
}

/** Grants that cannot be retired stay, to be retired by hand; the refusals are on record. */
async function retire(uses: KeyUses, caller: Caller | undefined, keyArn: string, grants: readonly string[]) {
  if (caller === undefined) return;
  for (const grant of grants) await Promise.resolve(uses.retireGrant(caller, keyArn, grant)).catch(() => undefined);
}
