// A key whose deletion was scheduled, when the clock has moved past it: gone for every call, with the images under it,
// and told in the audit log.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { loadConfig } from '../src/config/load.ts';
import { systemClock } from '../src/core/clock.ts';
import { systemRandom } from '../src/core/random.ts';
import { openSite } from '../src/site/open-site.ts';
import { administratorOf, registryAuthorization } from './support/administrator.ts';
import { type AuditRecord, openHouse } from './support/house.ts';
import { ociClient } from './support/oci-client.ts';

const laterMs = 8 * 24 * 3600 * 1000;
const later = { ...systemClock, nowMs: () => systemClock.nowMs() + laterMs };

interface KeyRecord extends AuditRecord {
  readonly eventSource: string;
}

async function recordsOf(dataFolder: string): Promise<readonly KeyRecord[]> {
  const folder = join(dataFolder, 'audit');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'));
  const text = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  const lines = text.split('\n').filter((line) => line.startsWith('{"eventVersion"'));
  return lines.map((line) => JSON.parse(line) as KeyRecord);
}

test('a key is gone once its time has come, and another one is as it was', { timeout: 60_000 }, async (context) => {
  const house = await openHouse();
  context.after(() => house.dispose());
  const { ecr, kms } = house.administrator;
  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const [going, staying] = [await newKey(), await newKey()];
  await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/going', TargetKeyId: going }));
  const Plaintext = Buffer.from('x');
  const { CiphertextBlob } = await kms.send(new Kms.EncryptCommand({ KeyId: going, Plaintext }));
  const kept = await kms.send(new Kms.EncryptCommand({ KeyId: staying, Plaintext }));
  const repositoryName = 'going';
  const encryptionConfiguration = { encryptionType: 'KMS', kmsKey: going } as const;
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  await (await house.administrator.oci()).pushImage(repositoryName, 'v1', [Plaintext]);
  await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId: going, PendingWindowInDays: 7 }));
  await house.stop();

  const flags = { '--data': house.dataFolder, '--listen': '127.0.0.1:0' };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: house.dataFolder });
  const platform = { clock: later, random: systemRandom };
  const log = () => undefined;
  const inFuture = await openSite(config, { log, platform, jobsDelayMs: 0 });
  context.after(() => inFuture.close());
  const deletionOf = async () => (await recordsOf(house.dataFolder)).find(({ eventName }) => eventName === 'DeleteKey');
  // Nobody is told when a job has run: looking again later is all that can be done.
  while ((await deletionOf()) === undefined) await new Promise((resolve) => setTimeout(resolve, 50));

  const record = await deletionOf();
  assert.equal(record?.eventSource, 'kms.amazonaws.com');
  assert.deepEqual(record?.requestParameters, { keyId: going });
  assert.equal(record?.responseElements?.['isDeleted'], true);
  const materialIds = record?.responseElements?.['materialIds'];
  assert.ok(Array.isArray(materialIds) && materialIds.length === 1);
  assert.deepEqual(
    record?.resources?.map(({ ARN }) => ARN),
    [going],
  );
  // Clients sign by the true time: they ask a site that has it again.
  await inFuture.close();
  const site = await openSite(config, { log });
  context.after(() => site.close());
  const options = await administratorOf(house.dataFolder, site.url);
  const afterwards = new Kms.KMSClient(options);
  context.after(() => afterwards.destroy());
  const gone = { name: 'NotFoundException' };
  await assert.rejects(afterwards.send(new Kms.DescribeKeyCommand({ KeyId: going })), gone);
  await assert.rejects(afterwards.send(new Kms.DescribeKeyCommand({ KeyId: 'alias/going' })), gone);
  await assert.rejects(afterwards.send(new Kms.CancelKeyDeletionCommand({ KeyId: going })), gone);
  await assert.rejects(afterwards.send(new Kms.DecryptCommand({ CiphertextBlob })), { name: 'AccessDeniedException' });
  const opened = await afterwards.send(new Kms.DecryptCommand({ CiphertextBlob: kept.CiphertextBlob }));
  assert.equal(opened.KeyId, staying);

  const oci = ociClient(new URL(site.url).host, await registryAuthorization(options));
  context.after(() => oci.close());
  const pulled = await oci.send('GET', `/v2/${repositoryName}/manifests/v1`);
  assert.equal(pulled.status, 403);
  assert.match(pulled.body.toString(), /has no key any more/);
  const ecrAfterwards = new Ecr.ECRClient(options);
  context.after(() => ecrAfterwards.destroy());
  const { imageIds } = await ecrAfterwards.send(new Ecr.ListImagesCommand({ repositoryName }));
  assert.equal(imageIds?.length, 1);
  await ecrAfterwards.send(new Ecr.DeleteRepositoryCommand({ repositoryName, force: true }));
});
