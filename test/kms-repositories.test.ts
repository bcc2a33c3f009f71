// Repositories under customers' keys at both doors: what a key's state, policy and grants allow, and what goes on.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { type House, openHouse } from './support/house.ts';
import { digestOf, imageManifestType, type OciClient, type PushedImage } from './support/oci-client.ts';

const layer = randomBytes(100_000);
const layerDigest = digestOf(layer);

describe('a repository under a customer key', () => {
  let house: House;
  let ecr: Ecr.ECRClient;
  let kms: Kms.KMSClient;
  let oci: OciClient;
  before(async () => {
    house = await openHouse();
    ({ ecr, kms } = house.administrator);
    oci = await house.administrator.oci();
  });
  after(() => house.dispose());

  const newKey = async (input: Kms.CreateKeyCommandInput = {}) =>
    (await kms.send(new Kms.CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const create = async (repositoryName: string, kmsKey?: string, encryptionType: Ecr.EncryptionType = 'KMS') => {
    const encryptionConfiguration = { encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) };
    const command = new Ecr.CreateRepositoryCommand({ repositoryName, encryptionConfiguration });
    return (await ecr.send(command)).repository;
  };
  const codeOf = ({ body }: { readonly body: Buffer }) =>
    (JSON.parse(body.toString()) as { errors: ReadonlyArray<{ readonly code: string; readonly message: string }> })
      .errors[0];
  const grantsOf = async (KeyId: string) => (await kms.send(new Kms.ListGrantsCommand({ KeyId }))).Grants ?? [];

  interface Made {
    readonly name: string;
    readonly key: string;
    readonly image: PushedImage;
    readonly url: string;
    /** Of an upload that is open. */
    readonly uploadId: string;
  }

  async function made(name: string, type: Ecr.EncryptionType = 'KMS'): Promise<Made> {
    const key = await newKey();
    await create(name, key, type);
    const image = await oci.pushImage(name, 'v1', [layer]);
    const command = new Ecr.GetDownloadUrlForLayerCommand({ repositoryName: name, layerDigest });
    const started = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName: name }));
    const { uploadId = '' } = started;
    return { name, key, image, uploadId, url: (await ecr.send(command)).downloadUrl ?? '' };
  }

  async function works({ name, image, url }: Made): Promise<void> {
    const pulled = await oci.send('GET', `/v2/${name}/manifests/v1`);
    assert.deepEqual([pulled.status, pulled.body], [200, image.manifest]);
    assert.deepEqual((await oci.send('GET', `/v2/${name}/blobs/${layerDigest}`)).body, layer);
    assert.deepEqual(Buffer.from(await (await fetch(url)).arrayBuffer()), layer);
    const input = { repositoryName: name, imageIds: [{ imageTag: 'v1' }] };
    const got = await ecr.send(new Ecr.BatchGetImageCommand(input));
    assert.equal(got.images?.[0]?.imageManifest, image.manifest.toString());
    await oci.pushImage(name, `v${Date.now()}`, [randomBytes(1000)]);
  }

  /** Everything that the key guards is refused with this code of KMS, at both doors; nothing else is. */
  async function isLocked({ name, image, url, uploadId }: Made, kmsError: string): Promise<void> {
    const reads = [`manifests/v1`, `blobs/${layerDigest}`, `referrers/${digestOf(image.manifest)}`];
    for (const path of reads) {
      const answer = await oci.send('GET', `/v2/${name}/${path}`);
      assert.deepEqual([answer.status, codeOf(answer)?.code], [403, 'DENIED'], path);
    }
    assert.equal((await fetch(url)).status, 403);
    const writes = [
      ['PUT', `manifests/v2`, image.manifest],
      ['POST', 'blobs/uploads/', Buffer.alloc(0)],
      ['POST', `blobs/uploads/?digest=${digestOf(Buffer.from('x'))}`, Buffer.from('x')],
    ] as const;
    for (const [method, path, body] of writes) {
      const answer = await oci.send(method, `/v2/${name}/${path}`, body, { 'content-type': imageManifestType });
      assert.deepEqual([answer.status, codeOf(answer)?.code], [403, 'DENIED'], `${method} ${path}`);
    }
    const repositoryName = name;
    const refused = { name: 'KmsException', kmsError };
    await assert.rejects(ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName })), refused);
    const part = { partFirstByte: 0, partLastByte: 0, layerPartBlob: Buffer.from('x') };
    await assert.rejects(ecr.send(new Ecr.UploadLayerPartCommand({ repositoryName, uploadId, ...part })), refused);
    const completion = { repositoryName, uploadId, layerDigests: [layerDigest] };
    await assert.rejects(ecr.send(new Ecr.CompleteLayerUploadCommand(completion)), refused);
    const imageManifest = image.manifest.toString();
    await assert.rejects(ecr.send(new Ecr.PutImageCommand({ repositoryName, imageManifest })), refused);
    const imageIds = [{ imageTag: 'v1' }];
    const { images, failures } = await ecr.send(new Ecr.BatchGetImageCommand({ repositoryName, imageIds }));
    assert.deepEqual([images, failures?.map(({ failureCode }) => failureCode)], [[], ['KmsError']]);
    await ecr.send(new Ecr.DescribeRepositoriesCommand({ repositoryNames: [name] }));
    assert.equal((await ecr.send(new Ecr.DescribeImagesCommand({ repositoryName, imageIds }))).imageDetails?.length, 1);
    await ecr.send(new Ecr.ListImagesCommand({ repositoryName }));
    const layerDigests = [layerDigest];
    const command = new Ecr.BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests });
    assert.equal((await ecr.send(command)).layers?.[0]?.layerAvailability, 'AVAILABLE');
  }

  test('shows the key by its ARN however it was named, and takes two grants for itself', async () => {
    const key = await newKey();
    await kms.send(new Kms.CreateAliasCommand({ AliasName: 'alias/images', TargetKeyId: key }));
    for (const [index, name] of [key, key.split('/')[1], 'alias/images'].entries()) {
      const repository = await create(`named-${index}`, name);
      assert.deepEqual(repository?.encryptionConfiguration, { encryptionType: 'KMS', kmsKey: key });
    }
    const grants = await grantsOf(key);
    assert.equal(grants.length, 6);
    for (const { GranteePrincipal, RetiringPrincipal, Constraints, Operations } of grants) {
      assert.deepEqual([GranteePrincipal, RetiringPrincipal], Array(2).fill('ecr.us-east-1.amazonaws.com'));
      assert.match(Constraints?.EncryptionContextSubset?.['aws:ecr:arn'] ?? '', /:repository\/named-\d$/);
      assert.deepEqual(Operations?.toSorted(), ['Decrypt', 'GenerateDataKey']);
    }
    const input = { repositoryNames: ['named-2'] };
    const { repositories } = await ecr.send(new Ecr.DescribeRepositoriesCommand(input));
    assert.equal(repositories?.[0]?.encryptionConfiguration?.kmsKey, key);
  });

  test('is under the key that AWS manages for ECR when none is named', async () => {
    const repository = await create('managed');
    const { KeyMetadata } = await kms.send(new Kms.DescribeKeyCommand({ KeyId: 'alias/aws/ecr' }));
    assert.equal(repository?.encryptionConfiguration?.kmsKey, KeyMetadata?.Arn);
    await oci.pushImage('managed', 'v1', [layer]);
    assert.deepEqual((await oci.send('GET', `/v2/managed/blobs/${layerDigest}`)).body, layer);
  });

  for (const type of ['KMS', 'KMS_DSSE'] as const) {
    test(`${type}: a disabled key ends pulls and pushes at once, and they go on once it is enabled`, async () => {
      const image = await made(`switched-${type.toLowerCase().replace('_', '-')}`, type);
      await works(image);
      await kms.send(new Kms.DisableKeyCommand({ KeyId: image.key }));
      await isLocked(image, 'DisabledException');
      await kms.send(new Kms.EnableKeyCommand({ KeyId: image.key }));
      await works(image);
    });
  }

  test('a key that is pending deletion locks, until its deletion is cancelled', async () => {
    const image = await made('pending');
    await kms.send(new Kms.ScheduleKeyDeletionCommand({ KeyId: image.key }));
    await isLocked(image, 'KMSInvalidStateException');
    await kms.send(new Kms.CancelKeyDeletionCommand({ KeyId: image.key }));
    await isLocked(image, 'DisabledException');
    await kms.send(new Kms.EnableKeyCommand({ KeyId: image.key }));
    await works(image);
  });

  test('revoked grants lock', async () => {
    const [image, other] = [await made('revoked'), await made('kept')];
    for (const { GrantId } of await grantsOf(image.key)) {
      await kms.send(new Kms.RevokeGrantCommand({ KeyId: image.key, GrantId }));
    }
    await isLocked(image, 'AccessDeniedException');
    await works(other);
  });

  test('a key policy that denies ECR locks; one that denies it to write lets it read', async () => {
    const image = await made('denied');
    const { Policy = '' } = await kms.send(new Kms.GetKeyPolicyCommand({ KeyId: image.key }));
    const policy = JSON.parse(Policy) as { readonly Statement: readonly object[] };
    const put = async (...Action: readonly string[]) => {
      const deny = { Effect: 'Deny', Principal: { Service: 'ecr.us-east-1.amazonaws.com' }, Action, Resource: '*' };
      const Statement = Action.length === 0 ? policy.Statement : [...policy.Statement, deny];
      const text = JSON.stringify({ ...policy, Statement });
      await kms.send(new Kms.PutKeyPolicyCommand({ KeyId: image.key, Policy: text }));
    };
    await put('kms:Decrypt', 'kms:GenerateDataKey');
    await isLocked(image, 'AccessDeniedException');
    await put('kms:GenerateDataKey');
    assert.equal((await oci.send('GET', `/v2/${image.name}/manifests/v1`)).status, 200);
    assert.equal((await oci.send('PUT', `/v2/${image.name}/manifests/v2`, image.image.manifest)).status, 403);
    await put();
    await works(image);
  });

  test('images, policies and the repository itself are deleted without the key, and its grants retired', async () => {
    const { name: repositoryName, key } = await made('deleted');
    await kms.send(new Kms.DisableKeyCommand({ KeyId: key }));
    const policyText = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:BatchGetImage' }],
    });
    await ecr.send(new Ecr.SetRepositoryPolicyCommand({ repositoryName, policyText }));
    const got = await ecr.send(new Ecr.GetRepositoryPolicyCommand({ repositoryName }));
    assert.deepEqual(JSON.parse(got.policyText ?? ''), JSON.parse(policyText));
    const imageIds = [{ imageTag: 'v1' }];
    assert.equal((await ecr.send(new Ecr.BatchDeleteImageCommand({ repositoryName, imageIds }))).failures?.length, 0);
    await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName, force: true }));
    assert.deepEqual(await grantsOf(key), []);
  });

  test('keys that cannot be taken are refused with what KMS says, and leave nothing', async () => {
    const signing = await newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
    const off = await newKey();
    await kms.send(new Kms.DisableKeyCommand({ KeyId: off }));
    const [, , , region, id] = off.split(':');
    const cases = [
      [signing, 'InvalidKeyUsageException'],
      [off, 'DisabledException'],
      ['alias/none', 'NotFoundException'],
      [`arn:aws:kms:eu-west-1:${id}:key/${off.split('/')[1]}`, 'NotFoundException'],
      ['no key at all', 'NotFoundException'],
    ] as const;
    assert.equal(region, 'us-east-1');
    for (const [key, kmsError] of cases) {
      await assert.rejects(create('refused', key), { name: 'KmsException', kmsError }, key);
    }
    for (const key of [signing, off]) assert.deepEqual(await grantsOf(key), []);
    const aes = { encryptionType: 'AES256', kmsKey: off } as const;
    const command = new Ecr.CreateRepositoryCommand({ repositoryName: 'refused', encryptionConfiguration: aes });
    await assert.rejects(ecr.send(command), { name: 'InvalidParameterException' });
    const names = { repositoryNames: ['refused'] };
    await assert.rejects(ecr.send(new Ecr.DescribeRepositoriesCommand(names)), { name: 'RepositoryNotFoundException' });
  });
});
