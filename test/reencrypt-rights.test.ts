// Who may move a repository to another key, what is on record of it, and that what was left is given back.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { systemClock } from '../src/core/clock.ts';
import { systemPlatform } from '../src/site/open-site.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import type { OciClient } from './support/oci-client.ts';
import { assertPulls, awaitEnd } from './support/reencryption.ts';
import { callAs } from './support/sallyport-client.ts';

const graceSeconds = 60;
const everything = { Effect: 'Allow', Action: ['sallyport:*', 'ecr:*'], Resource: '*' };
const allow = (...Action: readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const takes = allow('kms:DescribeKey', 'kms:CreateGrant');
const viaEcr = { Condition: { StringEquals: { 'kms:ViaService': 'ecr.us-east-1.amazonaws.com' } } };

describe('rights and records of moving a repository to another key', () => {
  let house: House;
  let aheadMs = 0;
  let ecr: Ecr.ECRClient;
  let kms: Kms.KMSClient;
  let oci: OciClient;
  let old: string;
  let next: string;
  before(async () => {
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + aheadMs };
    house = await openHouse(`collection:\n  graceSeconds: ${graceSeconds}`, { ...systemPlatform, clock });
    ({ ecr, kms } = house.administrator);
    oci = await house.administrator.oci();
    [old, next] = [await newKey(), await newKey()];
  });
  after(() => house.dispose());

  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const create = async (repositoryName: string, kmsKey?: string) => {
    const encryptionConfiguration = kmsKey === undefined ? undefined : ({ encryptionType: 'KMS', kmsKey } as const);
    await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  };
  const grantIdsOf = async (KeyId: string, repository: string) => {
    const { Grants = [] } = await kms.send(new Kms.ListGrantsCommand({ KeyId, Limit: 100 }));
    const of = (context: Readonly<Record<string, string>> | undefined) =>
      context?.['aws:ecr:arn']?.endsWith(repository);
    return Grants.filter(({ Constraints }) => of(Constraints?.EncryptionContextSubset)).map(({ GrantId }) => GrantId);
  };
  const grantsOf = async (keyId: string, repository: string) => (await grantIdsOf(keyId, repository)).length;
  const move = (user: HouseUser, repositoryName: string, kmsKey = next) =>
    callAs(user, 'ReencryptRepository', { repositoryName, kmsKey });

  test('it needs a right of its own, those of CreateRepository, and kms:Decrypt by ECR on the old key', async () => {
    const refusedByKey = { code: 'KmsException', message: /is not authorized to perform: kms:/ };
    const refused = (action: string) => ({
      code: 'AccessDeniedException',
      message: new RegExp(`is not authorized to perform: ${action} on resource: arn`),
    });
    const cases = [
      ['none', [allow('ecr:*', 'kms:*')], refused('sallyport:ReencryptRepository')],
      ['no-key', [everything, allow('kms:Decrypt')], refusedByKey],
      ['no-grant', [everything, allow('kms:Decrypt', 'kms:DescribeKey')], refusedByKey],
      ['no-old-key', [everything, takes], refused('kms:Decrypt')],
      ['all', [everything, takes, allow('kms:Decrypt')], undefined],
      ['via', [everything, { ...takes, ...viaEcr }, { ...allow('kms:Decrypt'), ...viaEcr }], undefined],
    ] as const;
    for (const [name, statements, why] of cases) {
      await create(name, old);
      const user = await house.user(name, [], statements);
      if (why === undefined) {
        const { reencryption } = await move(user, name);
        assert.match(reencryption.requestedBy, new RegExp(`:user/${name}$`));
        assert.equal((await awaitEnd(house.administrator, name)).status, 'COMPLETE');
      } else {
        await assert.rejects(move(user, name), why, name);
        assert.equal(await grantsOf(next, name), 0, `${name}: what was taken is given back`);
        await assert.rejects(callAs(house.administrator, 'DescribeReencryption', { repositoryName: name }), {
          code: 'ResourceNotFoundException',
        });
      }
    }
  });

  test('each operation has an action of its own, and a policy can refuse a type', async () => {
    await create('guarded', old);
    const anna = await house.user(
      'anna',
      [],
      [
        everything,
        allow('kms:*'),
        {
          Effect: 'Deny',
          Action: 'sallyport:ReencryptRepository',
          Resource: '*',
          Condition: { StringEquals: { 'sallyport:EncryptionType': 'AES256' } },
        },
      ],
    );
    const repositoryName = 'guarded';
    const denied = { code: 'AccessDeniedException' };
    await assert.rejects(callAs(anna, 'ReencryptRepository', { repositoryName, encryptionType: 'AES256' }), denied);
    await move(anna, repositoryName);
    await awaitEnd(anna, repositoryName);
    const nobody = await house.user('nobody', [], [allow('ecr:*', 'kms:*')]);
    await assert.rejects(callAs(nobody, 'CancelReencryption', { repositoryName }), denied);
    await assert.rejects(callAs(nobody, 'DescribeReencryption', { repositoryName }), denied);
    await assert.rejects(callAs(nobody, 'ListReencryptions', {}), denied);
    const { reencryptions, nextToken } = await callAs(anna, 'ListReencryptions', { maxResults: 1 });
    assert.equal(reencryptions.length, 1);
    const { reencryptions: rest } = await callAs(anna, 'ListReencryptions', nextToken ? { nextToken } : {});
    assert.ok([...reencryptions, ...rest].some((one) => one.repositoryName === repositoryName));
  });

  test('what cannot be is refused in words, and changes nothing', async () => {
    await create('plain');
    const anna = house.administrator;
    const ask = (input: object) => callAs(anna, 'ReencryptRepository', { repositoryName: 'plain', ...input });
    const validation = { code: 'ValidationException' };
    await assert.rejects(ask({}), validation);
    await assert.rejects(ask({ encryptionType: 'AES256' }), validation);
    await assert.rejects(ask({ encryptionType: 'AES256', kmsKey: next }), validation);
    await assert.rejects(ask({ encryptionType: 'ROT13' }), validation);
    await assert.rejects(ask({ repositoryName: '../plain' }), validation);
    await assert.rejects(ask({ repositoryName: 'nowhere', kmsKey: next }), { code: 'RepositoryNotFoundException' });
    await assert.rejects(callAs(anna, 'CancelReencryption', { repositoryName: 'plain' }), {
      code: 'ResourceNotFoundException',
    });
    const pair = await kms.send(new Kms.CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }));
    await assert.rejects(ask({ kmsKey: pair.KeyMetadata?.Arn }), { code: 'KmsException' });
    await assert.rejects(ask({ kmsKey: 'alias/nowhere' }), { code: 'KmsException' });
    const elsewhere = next.replace('us-east-1', 'eu-west-1');
    await assert.rejects(ask({ kmsKey: elsewhere }), { code: 'KmsException' });
    const off = await newKey();
    await kms.send(new Kms.DisableKeyCommand({ KeyId: off }));
    await assert.rejects(ask({ kmsKey: off }), { code: 'KmsException', message: /is disabled/ });
    await assert.rejects(callAs(anna, 'DescribeReencryption', { repositoryName: 'plain' }), {
      code: 'ResourceNotFoundException',
    });
  });

  test('old grants are retired by ECR once the grace is over, and a deletion gives all of them back', async () => {
    const name = 'retired';
    await create(name, old);
    const image = await oci.pushImage(name, 'v1', [randomBytes(10_000)]);
    assert.deepEqual([await grantsOf(old, name), await grantsOf(next, name)], [2, 0]);
    const granted = await grantIdsOf(old, name);
    const before = (await house.auditRecords()).length;
    await move(house.administrator, name);
    const { oldKeyKeptUntil } = await awaitEnd(house.administrator, name);
    assert.ok(oldKeyKeptUntil !== undefined);
    assert.deepEqual([await grantsOf(old, name), await grantsOf(next, name)], [2, 2]);
    aheadMs = 2 * graceSeconds * 1000;
    while ((await grantsOf(old, name)) > 0) {
      // The job comes every second and says nothing to clients when it has come: looking again is all there is.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(await grantsOf(next, name), 2);
    await assertPulls(oci, name, 'v1', image);
    const records = (await house.auditRecords()).slice(before);
    const retired = records.filter(({ eventName }) => eventName === 'RetireGrant');
    const own = retired.filter(({ requestParameters }) => granted.includes(String(requestParameters?.grantId)));
    assert.equal(own.length, 2, JSON.stringify(retired));
    for (const { userIdentity, errorCode } of own) {
      assert.deepEqual([errorCode, userIdentity.invokedBy], [undefined, 'ecr.amazonaws.com']);
    }
    const [asked] = records.filter(({ eventName }) => eventName === 'ReencryptRepository');
    assert.equal(asked?.requestParameters?.kmsKey, next);
    assert.ok(records.some(({ eventName }) => eventName === 'CompleteReencryption'));
    await callAs(house.administrator, 'ReencryptRepository', { repositoryName: name, kmsKey: old });
    await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName: name, force: true }));
    assert.deepEqual([await grantsOf(old, name), await grantsOf(next, name)], [0, 0]);
  });
});
