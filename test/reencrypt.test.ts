// A repository moves to other keys while it is pulled from, pushed to, verified, and its tags and images change.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';
import { digestOf, type OciClient, type PushedImage } from './support/oci-client.ts';
import { assertPulls, awaitEnd, awaitMove, pushImages } from './support/reencryption.ts';
import { runCommand } from './support/run-command.ts';
import { callAs, runAs } from './support/sallyport-client.ts';
import { checkoutFolder } from './support/server-process.ts';

const mib = 1024 * 1024;
/** Moves of a few MiB may be over before anything can be done meanwhile; how often that is tried again. */
const triesMax = 30;

describe('a repository on its way to another key', () => {
  let house: House;
  let ecr: Ecr.ECRClient;
  let kms: Kms.KMSClient;
  let oci: OciClient;
  let key: string;
  before(async () => {
    house = await openHouse();
    ({ ecr, kms } = house.administrator);
    oci = await house.administrator.oci();
    key = await newKey();
  });
  after(() => house.dispose());

  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const create = (repositoryName: string, kmsKey?: string) =>
    ecr.send(
      new Ecr.CreateRepositoryCommand({
        repositoryName,
        ...(kmsKey && { encryptionConfiguration: { encryptionType: 'KMS', kmsKey } }),
      }),
    );
  const encryptionOf = async (name: string) => {
    const { repositories } = await ecr.send(new Ecr.DescribeRepositoriesCommand({ repositoryNames: [name] }));
    return repositories?.[0]?.encryptionConfiguration;
  };
  const domains = () => readdir(join(house.dataFolder, 'blobs/objects'));
  const verify = async () => {
    const args = [join(checkoutFolder, 'src/main.ts'), 'verify', '--json', '--data', house.dataFolder];
    const { stdout } = await runCommand(process.execPath, args, { codes: [0], timeoutMs: 120_000 });
    return JSON.parse(stdout) as { readonly good: boolean; readonly notes: readonly string[] };
  };

  /** Pulls and verifies without end, pushes new images, moves a tag between them, deletes some, mounts and resumes. */
  function inhabit(name: string, images: Map<string, PushedImage>) {
    let isOver = false;
    const count = { pulls: 0, pushes: 0 };
    const each = (work: (round: number) => Promise<void>) =>
      (async () => {
        for (let round = 0; !isOver; round += 1) await work(round);
      })();
    const working = Promise.all([
      each(async (round) => {
        const entries = [...images];
        const [tag, image] = entries[round % entries.length] ?? [];
        if (tag === undefined || image === undefined) return;
        await assertPulls(oci, name, tag, image);
        count.pulls += 1;
      }),
      each(async (round) => {
        // Never one that was pushed before: who pulls meanwhile knows what every tag means.
        const tag = `pushed-${images.size}`;
        images.set(tag, await oci.pushImage(name, tag, [randomBytes(100_000)]));
        count.pushes += 1;
        const moved = await oci.pushImage(name, 'moving', [randomBytes(1000)]);
        await assertPulls(oci, name, 'moving', moved);
        if (round % 2 === 1) {
          const { digest } = await oci.pushImage(name, `gone-${round}`, [randomBytes(1000)]);
          assert.equal((await oci.send('DELETE', `/v2/${name}/manifests/${digest}`)).status, 202);
          assert.equal((await oci.send('GET', `/v2/${name}/manifests/${digest}`)).status, 404);
        }
      }),
    ]);
    return {
      count,
      async end() {
        isOver = true;
        await working;
      },
    };
  }

  test('from AES256 to KMS to KMS_DSSE and back, under everybody who uses it', { timeout: 600_000 }, async () => {
    const name = 'team/app';
    await create(name);
    const images = new Map(await pushImages(oci, name, 2, { layers: 3, bytes: 2 * mib }));
    const began = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName: name }));
    const parts = [randomBytes(5 * mib), randomBytes(6 * mib), randomBytes(5 * mib), randomBytes(1000)];
    let sentBytes = 0;
    const targets = [['KMS', key], ['KMS_DSSE', key], ['AES256']] as const;
    for (const [index, [encryptionType, kmsKey]] of targets.entries()) {
      const part = parts[index] ?? Buffer.alloc(0);
      const sent = { partFirstByte: sentBytes, partLastByte: sentBytes + part.length - 1, layerPartBlob: part };
      const upload = { repositoryName: name, uploadId: began.uploadId };
      await ecr.send(new Ecr.UploadLayerPartCommand({ ...upload, ...sent }));
      sentBytes += part.length;
      const people = inhabit(name, images);
      const before = await encryptionOf(name);
      const input = { repositoryName: name, encryptionType, ...(kmsKey && { kmsKey }) };
      const { reencryption } = await callAs(house.administrator, 'ReencryptRepository', input);
      assert.equal(reencryption.status, 'RUNNING');
      const meanwhile = await encryptionOf(name);
      const verified = verify();
      const move = await awaitEnd(house.administrator, name);
      await people.end();
      assert.deepEqual(meanwhile, before, 'it is told of as before until it has ended');
      assert.equal(move.status, 'COMPLETE');
      assert.deepEqual(await encryptionOf(name), { encryptionType, ...(kmsKey && { kmsKey }) });
      assert.ok(people.count.pulls > 0 && people.count.pushes > 0, JSON.stringify(people.count));
      assert.ok((await verified).good);
      for (const [tag, image] of images) await assertPulls(oci, name, tag, image);
    }
    const digest = digestOf(Buffer.concat(parts.slice(0, 3)));
    const completion = { repositoryName: name, uploadId: began.uploadId, layerDigests: [digest] };
    await ecr.send(new Ecr.CompleteLayerUploadCommand(completion));
    const whole = await oci.send('GET', `/v2/${name}/blobs/${digest}`);
    assert.ok(whole.body.equals(Buffer.concat(parts.slice(0, 3))));
    assert.ok((await verify()).good);
  });

  test('another repository keeps what it shares, and the same key again is another domain', async () => {
    await create('left', key);
    await create('stays', key);
    const layer = randomBytes(200_000);
    const left = await oci.pushImage('left', 'v1', [layer]);
    const stays = await oci.pushImage('stays', 'v1', [layer]);
    const before = new Set(await domains());
    await callAs(house.administrator, 'ReencryptRepository', { repositoryName: 'left' });
    await awaitEnd(house.administrator, 'left');
    assert.deepEqual(await encryptionOf('left'), { encryptionType: 'KMS', kmsKey: key });
    assert.equal((await domains()).filter((domain) => !before.has(domain)).length, 1);
    await assertPulls(oci, 'left', 'v1', left);
    await assertPulls(oci, 'stays', 'v1', stays);
    const mounted = await oci.send('POST', `/v2/stays/blobs/uploads/?mount=${left.digest}&from=left`, Buffer.alloc(0));
    assert.equal(mounted.status, 202, 'nothing is mounted across domains');
  });

  test('a disabled key pauses it with the reason, and it goes on by itself once the key is enabled', async () => {
    const name = 'paused';
    await create(name);
    const [[tag, image] = assert.fail()] = await pushImages(oci, name, 1, { layers: 6, bytes: 4 * mib });
    for (let tries = 1; ; tries += 1) {
      const own = await newKey();
      await callAs(house.administrator, 'ReencryptRepository', { repositoryName: name, kmsKey: own });
      await kms.send(new Kms.DisableKeyCommand({ KeyId: own }));
      const { status, reason } = await awaitMove(
        house.administrator,
        name,
        (move) => move.status === 'PAUSED' || move.status === 'COMPLETE',
      );
      if (status === 'PAUSED') {
        assert.equal(reason, `DisabledException: ${own} is disabled.`);
        const found = await verify();
        assert.ok(found.good);
        assert.ok(found.notes.some((note) => note.includes('is being moved to another key')));
      }
      await kms.send(new Kms.EnableKeyCommand({ KeyId: own }));
      assert.equal((await awaitEnd(house.administrator, name)).status, 'COMPLETE');
      await assertPulls(oci, name, tag, image);
      if (status === 'PAUSED') break;
      assert.ok(tries < triesMax, 'each of them was over before its key was off');
    }
    const records = await house.auditRecords();
    const paused = records.find(({ eventName }) => eventName === 'PauseReencryption');
    assert.match(String(paused?.responseElements?.reason), /^DisabledException/);
    assert.equal(paused?.requestParameters?.repositoryName, name);
    const end = records.findLast(({ eventName }) => eventName === 'CompleteReencryption');
    assert.deepEqual([end?.responseElements?.isComplete, end?.responseElements?.isCancelled], [true, false]);
    assert.match(end?.resources?.[0]?.ARN ?? '', /:repository\/paused$/);
  });

  test('cancelled it goes back, and the command tells of all of it', async () => {
    const name = 'cancelled';
    await create(name, key);
    const [[tag, image] = assert.fail()] = await pushImages(oci, name, 1, { layers: 6, bytes: 4 * mib });
    const anna = house.administrator;
    for (let tries = 1; ; tries += 1) {
      const begun = await runAs(anna, 'reencrypt', '--repository', name, '--type', 'AES256');
      assert.equal(begun.code, 0, begun.err);
      assert.match(begun.out, /^cancelled: from KMS arn:\S+ to AES256\nRUNNING: 0 images/);
      const turned = await runAs(anna, 'reencrypt', '--repository', name, '--cancel', '--wait', '--json');
      if (turned.code === 0) {
        assert.equal((JSON.parse(turned.out) as { readonly status: string }).status, 'CANCELLED');
        break;
      }
      assert.match(turned.err, /ResourceNotFoundException/);
      await runAs(anna, 'reencrypt', '--repository', name, '--key', key, '--wait');
      assert.ok(tries < triesMax, 'each of them was over before it could be cancelled');
    }
    assert.deepEqual(await encryptionOf(name), { encryptionType: 'KMS', kmsKey: key });
    await assertPulls(oci, name, tag, image);
    const again = await runAs(anna, 'reencrypt', '--repository', name, '--type', 'KMS_DSSE', '--key', key, '--wait');
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /COMPLETE: 1 of 1 images, \d+ of \d+ layers/);
    assert.match((await runAs(anna, 'reencrypt', '--repository', name, '--status')).out, /COMPLETE/);
    const listed = await runAs(anna, 'reencrypt', '--list');
    assert.match(listed.out, /^REPOSITORY +TO +BEGAN +ENDED +STATE\n/);
    assert.match(listed.out, /\ncancelled +KMS_DSSE arn:/);
    assert.equal((await runAs(anna, 'reencrypt', '--type', 'AES256')).code, 2);
    assert.equal((await runAs(anna, 'reencrypt', '--repository', name, '--status', '--cancel')).code, 2);
    assert.equal((await runAs(anna, 'reencrypt', '--repository', 'nowhere', '--status')).code, 1);
  });
});
