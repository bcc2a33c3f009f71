// What is there and what is not must look the same to whoever may not see it: every answer, but for the name asked for.

import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DeleteRepositoryPolicyCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ECRClient,
  type ECRServiceException,
  GetDownloadUrlForLayerCommand,
  GetRepositoryPolicyCommand,
  InitiateLayerUploadCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import { type House, type HouseUser, openHouse } from '../support/house.ts';
import { type OciClient, ociClient } from '../support/oci-client.ts';

/** Of one length, so that nothing but being there tells them apart. */
const present = 'secret/app-1';
const absent = 'secret/app-2';
const uploadId = '00000000-0000-4000-8000-000000000000';
const empty = Buffer.alloc(0);

suite('to whoever may not see it', () => {
  let house: House;
  let nobody: HouseUser;
  let clients: ReadonlyArray<readonly [string, OciClient]>;
  let digest = '';
  let layer = '';

  before(async () => {
    house = await openHouse();
    await house.administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: present }));
    const image = await (await house.administrator.oci()).pushImage(present, 'one', [Buffer.from('a layer')]);
    ({ digest } = image);
    ({ digest: layer = '' } = JSON.parse(image.manifest.toString()).layers[0] as { digest: string });
    nobody = await house.user('nobody', [], [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }]);
    clients = [
      ['a stranger', ociClient(house.host)],
      ['a caller without the right', await nobody.oci()],
    ];
  });
  after(async () => {
    for (const [, client] of clients) client.close();
    await house.dispose();
  });

  test('a repository that is there answers as one that is not at the OCI door', async () => {
    const requests: ReadonlyArray<readonly [string, string, Buffer | undefined]> = [
      ['GET', 'manifests/one', undefined],
      ['HEAD', 'manifests/one', undefined],
      ['GET', `manifests/${digest}`, undefined],
      ['PUT', 'manifests/one', Buffer.from('{}')],
      ['DELETE', 'manifests/one', undefined],
      ['GET', 'tags/list', undefined],
      ['GET', `referrers/${digest}`, undefined],
      ['GET', `blobs/${layer}`, undefined],
      ['HEAD', `blobs/${layer}`, undefined],
      ['DELETE', `blobs/${layer}`, undefined],
      ['POST', 'blobs/uploads/', empty],
      ['POST', `blobs/uploads/?mount=${layer}&from=${present}`, empty],
      ['GET', `blobs/uploads/${uploadId}`, undefined],
      ['PATCH', `blobs/uploads/${uploadId}`, empty],
      ['PUT', `blobs/uploads/${uploadId}?digest=${layer}`, empty],
      ['DELETE', `blobs/uploads/${uploadId}`, undefined],
    ];
    for (const [who, client] of clients) {
      for (const [method, path, body] of requests) {
        const ask = async (name: string) => {
          const answer = await client.send(method, `/v2/${name}/${path}`, body);
          const { date: _date, 'x-amzn-requestid': requestId, ...headers } = answer.headers;
          const text = answer.body.toString().replaceAll(name, 'NAME').replaceAll(String(requestId), 'REQUEST');
          return { ...answer, headers, body: text };
        };
        assert.deepEqual(await ask(present), await ask(absent), `${who}: ${method} ${path}`);
      }
    }
  });

  test('a repository that is there answers as one that is not at the ECR door', async () => {
    const arnOf = (name: string) => `arn:aws:ecr:us-east-1:${house.site.home.accountId}:repository/${name}`;
    const imageIds = [{ imageTag: 'one' }];
    const Tag = { Key: 'a', Value: 'b' };
    const calls: ReadonlyArray<(ecr: ECRClient, repositoryName: string) => Promise<unknown>> = [
      (ecr, repositoryName) => ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
      (ecr, repositoryName) => ecr.send(new CreateRepositoryCommand({ repositoryName })),
      (ecr, repositoryName) => ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true })),
      (ecr, repositoryName) => ecr.send(new ListImagesCommand({ repositoryName })),
      (ecr, repositoryName) => ecr.send(new DescribeImagesCommand({ repositoryName })),
      (ecr, repositoryName) => ecr.send(new BatchGetImageCommand({ repositoryName, imageIds })),
      (ecr, repositoryName) => ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds })),
      (ecr, repositoryName) => ecr.send(new PutImageCommand({ repositoryName, imageManifest: '{}' })),
      (ecr, repositoryName) =>
        ecr.send(new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: digest } })),
      (ecr, repositoryName) =>
        ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [layer] })),
      (ecr, repositoryName) => ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: layer })),
      (ecr, repositoryName) => ecr.send(new InitiateLayerUploadCommand({ repositoryName })),
      (ecr, repositoryName) =>
        ecr.send(
          new UploadLayerPartCommand({
            repositoryName,
            uploadId,
            partFirstByte: 0,
            partLastByte: 0,
            layerPartBlob: Buffer.from('x'),
          }),
        ),
      (ecr, repositoryName) =>
        ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [layer] })),
      (ecr, repositoryName) => ecr.send(new GetRepositoryPolicyCommand({ repositoryName })),
      (ecr, repositoryName) => ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: '{}' })),
      (ecr, repositoryName) => ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName })),
      (ecr, repositoryName) =>
        ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'MUTABLE' })),
      (ecr, repositoryName) => ecr.send(new ListTagsForResourceCommand({ resourceArn: arnOf(repositoryName) })),
      (ecr, repositoryName) => ecr.send(new TagResourceCommand({ resourceArn: arnOf(repositoryName), tags: [Tag] })),
      (ecr, repositoryName) =>
        ecr.send(new UntagResourceCommand({ resourceArn: arnOf(repositoryName), tagKeys: ['a'] })),
    ];
    for (const call of calls) {
      const ask = async (name: string) => {
        const error = await call(nobody.ecr, name).catch((reason: ECRServiceException) => reason);
        assert.ok(error instanceof Error, `answered: ${String(call)}`);
        return `${error.name} ${error.message.replaceAll(name, 'NAME')}`;
      };
      const answer = await ask(present);
      assert.match(answer, /^AccessDeniedException /);
      assert.equal(answer, await ask(absent));
    }
  });
});
