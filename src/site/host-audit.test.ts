// The audit chain of the host: one writer at a time, who may wait for the one before.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DataFolderError, lockDataFolder, prepareDataFolder } from '#cli/data-folder.ts';
import { loadConfig } from '#config/load.ts';
import type { AccountId } from '#core/account.ts';
import { hostFolder } from '#services/cloudtrail/audit-chains.ts';
import { actAtHost, actsAtHost } from './host-audit.ts';
import { openFileRoot, openKeys } from './keys/open-keys.ts';
import { systemPlatform } from './open-site.ts';

const accountId = '111122223333' as AccountId;
const act = (eventName: string, run: () => Promise<void> = async () => undefined) => {
  return { eventName, accountId, requestParameters: {}, shown: () => ({}), run };
};
let data: string;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'sallyport-host-'));
  await prepareDataFolder(data);
});
afterEach(() => rm(data, { recursive: true, force: true }));

async function optionsOf() {
  const { config } = loadConfig({ flags: { '--data': data }, environment: {}, workingFolder: data });
  const { siteKey } = await openKeys(data, systemPlatform.random, openFileRoot);
  return { config, siteKey, platform: systemPlatform, log: () => undefined };
}

test('a command does not wait for another one; a server waits so long', async () => {
  const options = await optionsOf();
  const held = await lockDataFolder(hostFolder(data));
  await assert.rejects(actAtHost(options, act('First')), DataFolderError);
  await assert.rejects(
    actsAtHost(options, (record) => record(act('Second')), 150),
    DataFolderError,
  );
  const done: string[] = [];
  const waiting = actsAtHost(
    options,
    async (record) => {
      for (const name of ['Third', 'Fourth']) await record(act(name, async () => void done.push(name)));
    },
    60_000,
  );
  assert.deepEqual(done, []);
  await held.release();
  await waiting;
  assert.deepEqual(done, ['Third', 'Fourth']);
});
