// `node bench/generate/generate.ts PLAN`: fills a new data folder and prints what came of it. PLAN and answer are JSON.
// A process of its own, so that neither its memory nor its garbage is measured.

import { join } from 'node:path';
import { prepareDataFolder } from '../../src/cli/data-folder.ts';
import { parseRegion } from '../../src/core/account.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { openRepositories } from '../../src/registry/repositories/open-repositories.ts';
import { noRepositoryKeys } from '../../src/services/kms/repository-keys/no-keys.ts';
import { openFileRoot, openKeys } from '../../src/site/keys/open-keys.ts';
import { openSiteDatabase } from '../../src/site/stores.ts';
import { generateCaller } from './callers.ts';
import { generateImages } from './images.ts';
import { benchRegion, type GeneratedSite, type SitePlan } from './site-plan.ts';

const platform = { clock: systemClock, random: systemRandom };

async function generate({ dataFolder, images, policies }: SitePlan): Promise<GeneratedSite> {
  const beganMs = platform.clock.monotonicMs();
  await prepareDataFolder(dataFolder);
  const { database, keyRing, iam } = await openSiteDatabase(
    dataFolder,
    platform,
    await openKeys(dataFolder, platform.random, openFileRoot),
  );
  const region = parseRegion(benchRegion);
  if (region === undefined) throw new Error(`${benchRegion} is no region`);
  const { accountId } = await iam.accounts.create({ name: 'home' });
  await iam.accounts.createAdministrator(accountId, async () => undefined);
  const options = { database, keyRing, repositoryKeys: noRepositoryKeys, ...platform };
  const caller = await generateCaller(options, accountId, 'bench', policies);
  const flooder = await generateCaller(options, accountId, 'flooder', 1);
  const { repositories } = openRepositories(options);
  const filled = await generateImages({
    ...{ dataFolder, images, repositories, keyRing },
    databaseFile: join(dataFolder, 'sallyport.db'),
    registry: { accountId, region },
    nowMs: platform.clock.nowMs(),
  });
  await database.close();
  return { accountId, caller, flooder, ...filled, tookMs: platform.clock.monotonicMs() - beganMs };
}

const site = await generate(JSON.parse(process.argv[2] ?? '{}') as SitePlan);
process.stdout.write(`${JSON.stringify(site)}\n`);
