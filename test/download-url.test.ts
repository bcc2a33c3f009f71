// The URL of GetDownloadUrlForLayer: good for one layer and its maker, in ranges, while the maker may read the layer.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  CreateRepositoryCommand,
  GetDownloadUrlForLayerCommand,
  LayerInaccessibleException,
} from '@aws-sdk/client-ecr';
import { DeleteUserPolicyCommand, ListAccessKeysCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { digestOf } from './support/oci-client.ts';

const readStatements = [
  { Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer'], Resource: '*' },
];

describe('a download URL', () => {
  let house: House;
  const layer = randomBytes(50_000);
  const layerDigest = digestOf(layer);

  before(async () => {
    house = await openHouse();
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    await (await house.administrator.oci()).pushImage('app', 'one', [layer]);
  });
  after(() => house.dispose());

  const urlFor = async ({ ecr }: HouseUser) => {
    const command = new GetDownloadUrlForLayerCommand({ repositoryName: 'app', layerDigest });
    return String((await ecr.send(command)).downloadUrl);
  };
  const codeOf = async (answer: Response) => {
    const { errors } = (await answer.json()) as { errors: ReadonlyArray<{ readonly code: string }> };
    return [answer.status, errors[0]?.code];
  };

  test('gives the layer whole and in ranges, without and beside another credential', async () => {
    const url = await urlFor(house.administrator);
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), layer);
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 10-19/${layer.length}`]);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), layer.subarray(10, 20));
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(layer.length)]);
    const both = await fetch(url, { headers: { authorization: 'Basic QVdTOndyb25n' } });
    assert.equal(both.status, 200, 'some clients send their credential to wherever they are sent');
    assert.equal((await fetch(url, { method: 'PUT' })).status, 405);
  });

  test('is not to be changed, nor used for anything else', async () => {
    const url = await urlFor(house.administrator);
    const forged = url.replace(/.{3}$/, (end) => (end === 'AAA' ? 'BBB' : 'AAA'));
    assert.deepEqual(await codeOf(await fetch(forged)), [401, 'UNAUTHORIZED']);
    const token = url.split('/layers/')[1] ?? '';
    const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`;
    const asPassword = await fetch(`${house.url}/v2/`, { headers: { authorization } });
    assert.deepEqual(await codeOf(asPassword), [401, 'UNAUTHORIZED']);
  });

  test('ends with the permission of its maker, and with the key that made it', async () => {
    const reader = await house.user('reader', [], readStatements);
    const url = await urlFor(reader);
    assert.equal((await fetch(url)).status, 200);
    const { iam } = house.administrator;
    await iam.send(new DeleteUserPolicyCommand({ UserName: 'reader', PolicyName: 'test' }));
    assert.deepEqual(await codeOf(await fetch(url)), [403, 'DENIED']);
    const other = await house.user('other', [], readStatements);
    const others = await urlFor(other);
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'other' }));
    const AccessKeyId = AccessKeyMetadata?.[0]?.AccessKeyId ?? '';
    await iam.send(new UpdateAccessKeyCommand({ UserName: 'other', AccessKeyId, Status: 'Inactive' }));
    assert.deepEqual(await codeOf(await fetch(others)), [401, 'UNAUTHORIZED']);
    const records = (await house.auditRecords()).filter(({ eventName }) => eventName === 'DownloadLayer');
    const denied = records.find(({ errorCode }) => errorCode === 'AccessDenied');
    assert.equal(denied?.userIdentity.userName, 'reader');
    assert.match(denied?.errorMessage ?? '', /not authorized to perform: ecr:GetDownloadUrlForLayer on resource/);
    const done = records.find(({ errorCode }) => errorCode === undefined);
    assert.equal(done?.requestParameters?.layerDigest, layerDigest);
  });

  test('is not given for a layer of no image', async () => {
    const oci = await house.administrator.oci();
    const loose = await oci.pushBlob('app', randomBytes(100));
    const command = new GetDownloadUrlForLayerCommand({ repositoryName: 'app', layerDigest: loose });
    await assert.rejects(house.administrator.ecr.send(command), LayerInaccessibleException);
  });
});
