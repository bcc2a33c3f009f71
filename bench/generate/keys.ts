// Fills a new data folder with KMS keys, made as the door makes them, and their account's administrator.

import { sql } from 'kysely';
import { prepareDataFolder } from '../../src/cli/data-folder.ts';
import { parseRegion, type RegistryRef } from '../../src/core/account.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { defaultKeyPolicy } from '../../src/services/kms/key-policies/key-policies.ts';
import { openFileRoot, openKeys } from '../../src/site/keys/open-keys.ts';
import { openSiteDatabase } from '../../src/site/stores.ts';
import { benchRegion, type GeneratedUser } from './site-plan.ts';

export interface GeneratedKeys {
  readonly caller: GeneratedUser;
  /** ARNs, spread over all. */
  readonly keys: readonly string[];
}

const platform = { clock: systemClock, random: systemRandom };

/** `shown` keys are answered. */
export async function generateKeys(dataFolder: string, count: number, shown: number): Promise<GeneratedKeys> {
  await prepareDataFolder(dataFolder);
  const keys = await openKeys(dataFolder, platform.random, openFileRoot);
  const { database, iam, kms } = await openSiteDatabase(dataFolder, platform, keys);
  // Nothing of it has to outlive a crash.
  await sql`pragma synchronous = off`.execute(database.tables());
  const { accountId } = await iam.accounts.create({ name: 'home' });
  let caller: GeneratedUser | undefined;
  await iam.accounts.createAdministrator(accountId, async ({ accessKeyId, secretAccessKey }) => {
    caller = { accessKeyId, secretAccessKey };
  });
  const registry = { accountId, region: parseRegion(benchRegion) } as RegistryRef;
  const arns: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { arn } = await kms.rooms.keys.create(registry, {
      id: kms.rooms.keys.newId(false),
      ...{ spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', manager: 'CUSTOMER' },
      ...{ description: '', isMultiRegion: false, tags: [], policy: defaultKeyPolicy(accountId) },
    });
    if (index % Math.ceil(count / shown) === 0) arns.push(arn);
  }
  await database.close();
  if (caller === undefined) throw new Error('nobody was made who could call');
  return { caller, keys: arns };
}
