// Aliases, and the four ways to name a key, with the official SDK.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';

describe('aliases', () => {
  let house: House;
  let kms: Kms.KMSClient;
  const Plaintext = Buffer.from('x');
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
  });
  after(() => house.dispose());

  const newKey = async () => (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  const create = (AliasName: string, TargetKeyId: string) =>
    kms.send(new Kms.CreateAliasCommand({ AliasName, TargetKeyId }));
  const target = async (KeyId: string) => (await kms.send(new Kms.DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn;
  const aliasArn = (key: string, name: string) => key.replace(/key\/.*/, name);

  test('an alias stands for its key until it is moved or deleted', async () => {
    const [one, two] = [await newKey(), await newKey()];
    await create('alias/team/app-1', one);
    assert.equal(await target('alias/team/app-1'), one);
    await assert.rejects(create('alias/team/app-1', two), {
      name: 'AlreadyExistsException',
      message: `An alias with the name ${aliasArn(one, 'alias/team/app-1')} already exists`,
    });
    await kms.send(new Kms.UpdateAliasCommand({ AliasName: 'alias/team/app-1', TargetKeyId: two }));
    assert.equal(await target('alias/team/app-1'), two);
    await kms.send(new Kms.DeleteAliasCommand({ AliasName: 'alias/team/app-1' }));
    const gone = { name: 'NotFoundException', message: `Alias ${aliasArn(one, 'alias/team/app-1')} is not found.` };
    await assert.rejects(target('alias/team/app-1'), gone);
    await assert.rejects(kms.send(new Kms.DeleteAliasCommand({ AliasName: 'alias/team/app-1' })), gone);
    const command = new Kms.UpdateAliasCommand({ AliasName: 'alias/team/app-1', TargetKeyId: two });
    await assert.rejects(kms.send(command), gone);
  });

  test('all four names work where AWS takes them, and aliases nowhere else', async () => {
    const key = await newKey();
    await create('alias/four', key);
    const names = [key.slice(key.lastIndexOf('/') + 1), key, 'alias/four', aliasArn(key, 'alias/four')];
    for (const KeyId of names) {
      assert.equal(await target(KeyId), key);
      assert.equal((await kms.send(new Kms.EncryptCommand({ KeyId, Plaintext }))).KeyId, key);
    }
    for (const KeyId of names.slice(2)) {
      const refused = { name: 'NotFoundException', message: `Invalid keyId '${KeyId}'` };
      await assert.rejects(kms.send(new Kms.DisableKeyCommand({ KeyId })), refused);
      await assert.rejects(kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId })), refused);
    }
  });

  test('what names no key here is refused as AWS does', async () => {
    const key = await newKey();
    const other = key.replace(/[^/]*$/, '11111111-2222-4333-8444-555555555555');
    const wrong: ReadonlyArray<readonly [string, string, string]> = [
      [other, 'NotFoundException', `Key '${other}' does not exist`],
      ['nonsense', 'NotFoundException', "Invalid keyId 'nonsense'"],
      [key.replace('us-east-1', 'eu-west-1'), 'NotFoundException', 'Invalid arn eu-west-1'],
      ['arn:aws:s3:::bucket', 'InvalidArnException', "Invalid ARN 'arn:aws:s3:::bucket'"],
      ['arn:aws:kms', 'InvalidArnException', "Invalid ARN 'arn:aws:kms'"],
      ['alias/none', 'NotFoundException', `Alias ${aliasArn(key, 'alias/none')} is not found.`],
    ];
    for (const [KeyId, name, message] of wrong) await assert.rejects(target(KeyId), { name, message }, KeyId);
  });

  test('names are checked, and AWS keeps its own', async () => {
    const key = await newKey();
    await assert.rejects(create('alias/a b', key), { name: 'ValidationException' });
    for (const name of ['app', 'alias/', 'alias/a:b']) {
      await assert.rejects(create(name, key), { name: 'InvalidAliasNameException' }, name);
    }
    await assert.rejects(create('alias/aws/mine', key), { name: 'NotAuthorizedException' });
    const { Aliases = [] } = await kms.send(new Kms.ListAliasesCommand({ KeyId: key }));
    assert.deepEqual(Aliases, []);
  });

  test('ListAliases lists a registry in pages, or the aliases of one key', async () => {
    const [one, two] = [await newKey(), await newKey()];
    for (const [name, key] of [
      ['alias/l3', one],
      ['alias/l1', two],
      ['alias/l2', one],
    ] as const)
      await create(name, key);
    const ofOne = await kms.send(new Kms.ListAliasesCommand({ KeyId: one }));
    assert.deepEqual(
      ofOne.Aliases?.map(({ AliasName, AliasArn, TargetKeyId }) => [AliasName, AliasArn, TargetKeyId]),
      ['alias/l2', 'alias/l3'].map((name) => [name, aliasArn(one, name), one.slice(one.lastIndexOf('/') + 1)]),
    );
    const listed: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.send(new Kms.ListAliasesCommand({ Limit: 1, Marker }));
      listed.push(...(page.Aliases ?? []).map(({ AliasName = '' }) => AliasName));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    assert.deepEqual(listed, listed.toSorted());
    for (const name of ['alias/l1', 'alias/l2', 'alias/l3']) assert.ok(listed.includes(name));
  });

  test('a key has at most 50 aliases', async () => {
    const key = await newKey();
    for (let index = 0; index < 50; index += 1) await create(`alias/many-${index}`, key);
    await assert.rejects(create('alias/many-50', key), { name: 'LimitExceededException' });
  });

  test('an alias of a key that is pending deletion can be moved away, not towards it', async () => {
    const [going, staying] = [await newKey(), await newKey()];
    await create('alias/going', going);
    await create('alias/staying', staying);
    await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId: going }));
    const towards = new Kms.UpdateAliasCommand({ AliasName: 'alias/staying', TargetKeyId: going });
    await assert.rejects(kms.send(towards), { name: 'KMSInvalidStateException' });
    await assert.rejects(create('alias/late', going), { name: 'KMSInvalidStateException' });
    await kms.send(new Kms.UpdateAliasCommand({ AliasName: 'alias/going', TargetKeyId: staying }));
    assert.equal(await target('alias/going'), staying);
  });
});
