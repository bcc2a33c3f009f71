// Whose rights count for a repository under a customer key, and what CloudTrail is told of each use.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { administratorOf } from './support/administrator.ts';
import { type AuditRecord, type House, type HouseUser, openHouse } from './support/house.ts';
import { digestOf } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';

const everythingOfEcr = { Effect: 'Allow', Action: 'ecr:*', Resource: '*' };
const allow = (...Action: readonly string[]) => ({ Effect: 'Allow', Action, Resource: '*' });

describe('rights and records of repositories under customer keys', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let key: string;
  before(async () => {
    // Every use is a call, and on record.
    house = await openHouse('keys:\n  cacheSeconds: 0');
    ({ kms } = house.administrator);
    key = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  });
  after(() => house.dispose());

  const create = ({ ecr }: HouseUser, repositoryName: string, kmsKey = key) => {
    const encryptionConfiguration = { encryptionType: 'KMS', kmsKey } as const;
    return ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration }));
  };
  const remove = ({ ecr }: HouseUser, repositoryName: string) =>
    ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName, force: true }));
  const grantsOf = async () => (await kms.send(new Kms.ListGrantsCommand({ KeyId: key }))).Grants ?? [];
  const recordsOf = async (work: () => Promise<unknown>): Promise<readonly AuditRecord[]> => {
    const before = (await house.auditRecords()).length;
    await work();
    // Records of reads are written a moment later; a write of our own comes after them and is waited for.
    await kms.send(new Kms.UpdateKeyDescriptionCommand({ KeyId: key, Description: 'a marker' }));
    const records = (await house.auditRecords()).slice(before);
    return records.filter(({ eventName }) => eventName !== 'UpdateKeyDescription');
  };

  test('who makes one needs kms:DescribeKey and kms:CreateGrant, and has them through ECR alone', async () => {
    const cases = [
      ['nothing', [], false],
      ['describes', [allow('kms:DescribeKey')], false],
      ['grants', [allow('kms:CreateGrant')], false],
      ['both', [allow('kms:DescribeKey', 'kms:CreateGrant')], true],
      [
        'via',
        [
          {
            ...allow('kms:DescribeKey', 'kms:CreateGrant'),
            Condition: { StringEquals: { 'kms:ViaService': 'ecr.us-east-1.amazonaws.com' } },
          },
        ],
        true,
      ],
      [
        'resource',
        [
          allow('kms:DescribeKey'),
          { ...allow('kms:CreateGrant'), Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
        ],
        true,
      ],
    ] as const;
    for (const [name, statements, isAllowed] of cases) {
      const user = await house.user(name, [], [everythingOfEcr, ...statements]);
      const before = (await grantsOf()).length;
      if (isAllowed) await create(user, `of-${name}`);
      else {
        const refused = { name: 'KmsException', kmsError: 'AccessDeniedException', message: /is not authorized/ };
        await assert.rejects(create(user, `of-${name}`), refused, name);
      }
      assert.equal((await grantsOf()).length, before + (isAllowed ? 2 : 0), name);
    }
  });

  test('who may not retire the grants deletes the repository nevertheless, and the grants stay', async () => {
    const before = (await grantsOf()).length;
    await create(house.administrator, 'kept-grants');
    const user = await house.user('deletes', [], [everythingOfEcr, { ...allow('kms:RetireGrant'), Effect: 'Deny' }]);
    await remove(user, 'kept-grants');
    const left = await grantsOf();
    assert.equal(left.length, before + 2);
    for (const { GrantId, Constraints } of left) {
      if (Constraints?.EncryptionContextSubset?.['aws:ecr:arn']?.endsWith('/kept-grants') !== true) continue;
      await kms.send(new Kms.RetireGrantCommand({ KeyId: key, GrantId }));
    }
    assert.equal((await grantsOf()).length, before);
    await create(house.administrator, 'retired');
    const retires = await house.user('retires', [], [everythingOfEcr, allow('kms:RetireGrant')]);
    await remove(retires, 'retired');
    assert.equal((await grantsOf()).length, before);
  });

  test('pullers and pushers need nothing of KMS', async () => {
    await create(house.administrator, 'pulled');
    const user = await house.user('pulls', [], [everythingOfEcr]);
    const oci = await user.oci();
    const { manifest } = await oci.pushImage('pulled', 'v1', [Buffer.from('a layer')]);
    assert.deepEqual((await oci.send('GET', '/v2/pulled/manifests/v1')).body, manifest);
  });

  test('a key of another account serves as far as its policy says, and its owner switches it off', async () => {
    const make = ['src/main.ts', 'account', 'create', '--json', '--data', house.dataFolder];
    const { profile } = JSON.parse((await runCommand(process.execPath, make)).stdout) as Record<string, string>;
    const guest = house.as(await administratorOf(house.dataFolder, house.url, profile));
    const { KeyMetadata } = await guest.kms.send(new Kms.CreateKeyCommand({}));
    const { Arn: theirs = '', AWSAccountId: guestId } = KeyMetadata ?? {};
    const refused = { name: 'KmsException', kmsError: 'AccessDeniedException' };
    await assert.rejects(create(house.administrator, 'lent', theirs), refused);
    const allowed = (account: string | undefined, ...Action: readonly string[]) => ({
      ...{ Effect: 'Allow', Action, Resource: '*' },
      Principal: { AWS: `arn:aws:iam::${account}:root` },
    });
    const lent = ['kms:DescribeKey', 'kms:CreateGrant', 'kms:RetireGrant'];
    const Statement = [allowed(guestId, 'kms:*'), allowed(house.site.home.accountId, ...lent)];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await guest.kms.send(new Kms.PutKeyPolicyCommand({ KeyId: theirs, Policy }));
    const { repository } = await create(house.administrator, 'lent', theirs);
    assert.equal(repository?.encryptionConfiguration?.kmsKey, theirs);
    const oci = await house.administrator.oci();
    await oci.pushImage('lent', 'v1', [Buffer.from('a layer')]);
    const pull = async () => (await oci.send('GET', '/v2/lent/manifests/v1')).status;
    assert.equal(await pull(), 200);
    await guest.kms.send(new Kms.DisableKeyCommand({ KeyId: theirs }));
    assert.equal(await pull(), 403);
    await guest.kms.send(new Kms.EnableKeyCommand({ KeyId: theirs }));
    assert.equal(await pull(), 200);
  });

  test('a creation, a push and a pull are on record as AWS has them', async () => {
    const repositoryArn = `arn:aws:ecr:us-east-1:${house.site.home.accountId}:repository/recorded`;
    const resources = [{ ARN: key, accountId: house.site.home.accountId, type: 'AWS::KMS::Key' }];
    const ofKms = async (work: () => Promise<unknown>) =>
      (await recordsOf(work)).filter(({ resources: all }) => all?.some(({ ARN }) => ARN === key));
    const made = await ofKms(() => create(house.administrator, 'recorded'));
    assert.deepEqual(
      made.map(({ eventName }) => eventName),
      ['DescribeKey', 'CreateGrant', 'CreateGrant', ...made.slice(3).map(({ eventName }) => eventName)],
    );
    for (const { userIdentity, requestParameters } of made.slice(0, 3)) {
      assert.equal(userIdentity['invokedBy'], 'ecr.amazonaws.com');
      assert.equal(userIdentity['type'], 'IAMUser');
      assert.equal(requestParameters?.['keyId'], key);
    }
    const constraints = { encryptionContextSubset: { 'aws:ecr:arn': repositoryArn } };
    assert.deepEqual(made[1]?.requestParameters?.['constraints'], constraints);
    const oci = await house.administrator.oci();
    const pushed = await ofKms(() => oci.pushBlob('recorded', Buffer.from('x')));
    assert.ok(pushed.some(({ eventName }) => eventName === 'GenerateDataKey'));
    const image = await oci.pushImage('recorded', 'v1', [Buffer.from('x')]);
    const pulled = await ofKms(() => oci.send('GET', '/v2/recorded/manifests/v1'));
    assert.deepEqual(
      pulled.map(({ eventName }) => eventName),
      ['Decrypt'],
    );
    for (const record of [...pushed, ...pulled]) {
      assert.deepEqual(record.userIdentity, { type: 'AWSService', invokedBy: 'ecr.amazonaws.com' });
      assert.deepEqual([record.readOnly, record.responseElements], [true, null]);
      assert.equal(record.sourceIPAddress, 'ecr.amazonaws.com');
      assert.deepEqual(record.resources, resources);
      const context = record.requestParameters?.['encryptionContext'] as Record<string, string>;
      assert.equal(context['aws:ecr:arn'], repositoryArn);
      assert.match(context['aws:s3:arn'] ?? '', /^arn:aws:s3:::us-east-1-starport-manifest-bucket\/[0-9a-f-]{36}$/);
    }
    const contextOfPull = pulled[0]?.requestParameters?.['encryptionContext'] as Record<string, string> | undefined;
    const slot = contextOfPull?.['aws:s3:arn'] ?? '';
    const object = `${slot}/${digestOf(image.manifest)}`;
    assert.deepEqual(pulled[0]?.additionalEventData, { object });
    const layer = digestOf(Buffer.from('x'));
    for (const work of [
      () => oci.send('GET', `/v2/recorded/blobs/${layer}`),
      () => oci.send('POST', `/v2/recorded/blobs/uploads/?digest=${layer}`, Buffer.from('x')),
    ]) {
      const used = await ofKms(work);
      assert.ok(used.length > 0);
      const layerObject = `${slot.replace('manifest', 'layer')}/${layer}`;
      for (const { additionalEventData } of used) assert.deepEqual(additionalEventData, { object: layerObject });
    }
    await kms.send(new Kms.DisableKeyCommand({ KeyId: key }));
    const refused = await ofKms(() => oci.send('GET', '/v2/recorded/manifests/v1'));
    await kms.send(new Kms.EnableKeyCommand({ KeyId: key }));
    assert.deepEqual(
      refused.map(({ eventName, errorCode, additionalEventData }) => [eventName, errorCode, additionalEventData]),
      [['Decrypt', 'DisabledException', { object }]],
    );
  });
});
