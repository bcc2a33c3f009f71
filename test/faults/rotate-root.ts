// A process of the fault test that replaces the root key of a data folder, or goes on with what one before it began.

import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { fileProvider } from '../../src/services/kms/root/providers/file.ts';
import { newRootKey } from '../../src/services/kms/root/root-key.ts';
import { openFileRoot, openKeys } from '../../src/site/keys/open-keys.ts';
import { resumeRotation, rotateKeys } from '../../src/site/keys/rotate-keys.ts';
import { openSiteDatabase } from '../../src/site/stores.ts';

const [dataFolder = ''] = process.argv.slice(2);
const platform = { clock: systemClock, random: systemRandom };
const keys = await openKeys(dataFolder, systemRandom, openFileRoot);
const { database } = await openSiteDatabase(dataFolder, platform, keys);
process.send?.('open');
if ((await resumeRotation({ keys, database, platform })) === undefined) {
  const next = newRootKey(systemRandom);
  await rotateKeys({ keys, database, platform }, next, await fileProvider.keep(next));
}
await database.close();
process.disconnect?.();
