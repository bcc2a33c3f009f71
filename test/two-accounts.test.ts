// Two accounts on one site: what one can do to the other's repositories without a policy, with one, and under the name
// of somebody who is gone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { administratorOf } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const uploadId = '00000000-0000-4000-8000-000000000000';

/** Every operation that takes a registryId, on the repository `name` of that registry. */
function commandsOn(registryId: string, repositoryName: string): ReadonlyArray<readonly [action: string, object]> {
  const named = { registryId, repositoryName };
  const resourceArn = `arn:aws:ecr:us-east-1:${registryId}:repository/${repositoryName}`;
  const imageIds = [{ imageTag: 'one' }];
  const part = { partFirstByte: 0, partLastByte: 0, layerPartBlob: Buffer.from('x') };
  const policyText = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }] });
  return [
    ['CreateRepository', new Ecr.CreateRepositoryCommand(named)],
    ['DescribeRepositories', new Ecr.DescribeRepositoriesCommand({ registryId, repositoryNames: [repositoryName] })],
    ['DescribeRepositories', new Ecr.DescribeRepositoriesCommand({ registryId })],
    ['DeleteRepository', new Ecr.DeleteRepositoryCommand({ ...named, force: true })],
    ['PutImageTagMutability', new Ecr.PutImageTagMutabilityCommand({ ...named, imageTagMutability: 'IMMUTABLE' })],
    ['SetRepositoryPolicy', new Ecr.SetRepositoryPolicyCommand({ ...named, policyText })],
    ['GetRepositoryPolicy', new Ecr.GetRepositoryPolicyCommand(named)],
    ['DeleteRepositoryPolicy', new Ecr.DeleteRepositoryPolicyCommand(named)],
    ['BatchCheckLayerAvailability', new Ecr.BatchCheckLayerAvailabilityCommand({ ...named, layerDigests: [digest] })],
    ['GetDownloadUrlForLayer', new Ecr.GetDownloadUrlForLayerCommand({ ...named, layerDigest: digest })],
    ['InitiateLayerUpload', new Ecr.InitiateLayerUploadCommand(named)],
    ['UploadLayerPart', new Ecr.UploadLayerPartCommand({ ...named, uploadId, ...part })],
    ['CompleteLayerUpload', new Ecr.CompleteLayerUploadCommand({ ...named, uploadId, layerDigests: [digest] })],
    ['PutImage', new Ecr.PutImageCommand({ ...named, imageManifest: '{}' })],
    ['BatchGetImage', new Ecr.BatchGetImageCommand({ ...named, imageIds })],
    ['BatchDeleteImage', new Ecr.BatchDeleteImageCommand({ ...named, imageIds })],
    ['ListImages', new Ecr.ListImagesCommand(named)],
    ['DescribeImages', new Ecr.DescribeImagesCommand(named)],
    ['BatchGetImage', new Ecr.ListImageReferrersCommand({ ...named, subjectId: { imageDigest: digest } })],
    ['TagResource', new Ecr.TagResourceCommand({ resourceArn, tags: [{ Key: 'a', Value: 'b' }] })],
    ['UntagResource', new Ecr.UntagResourceCommand({ resourceArn, tagKeys: ['a'] })],
    ['ListTagsForResource', new Ecr.ListTagsForResourceCommand({ resourceArn })],
  ];
}

describe('two accounts', () => {
  let house: House;
  let guest: Ecr.ECRClient;
  let guestId = '';
  before(async () => {
    house = await openHouse();
    const { ecr } = house.administrator;
    await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName: 'shared' }));
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    guestId = made['accountId'] ?? '';
    guest = new Ecr.ECRClient(await administratorOf(house.dataFolder, house.url, made['profile']));
  });
  after(async () => {
    guest.destroy();
    await house.dispose();
  });
  const send = (client: Ecr.ECRClient, command: object) => client.send(command as Ecr.ListImagesCommand);

  test('no operation reaches the other account, whether what it names is there or not', async () => {
    const owner = house.site.home.accountId;
    for (const repositoryName of ['shared', 'no/such']) {
      for (const [action, command] of commandsOn(owner, repositoryName)) {
        await assert.rejects(send(guest, command), (error: Error) => {
          assert.equal(error.name, 'AccessDeniedException', `${action}: ${error.message}`);
          const arn = `arn:aws:ecr:us-east-1:${owner}:repository/`;
          assert.ok(error.message.includes(`is not authorized to perform: ecr:${action} on resource: ${arn}`));
          assert.ok(error.message.endsWith(`because no resource-based policy allows the ecr:${action} action`));
          return true;
        });
      }
    }
    const denied = (await house.auditRecords()).filter(({ errorCode }) => errorCode === 'AccessDenied');
    assert.equal(denied.length, 2 * commandsOn(owner, 'x').length);
    assert.ok(denied.every(({ resources = [] }) => resources.every(({ accountId }) => accountId === owner)));
  });

  test('a repository policy opens what it names, and only to whom it names', async () => {
    const owner = house.site.home.accountId;
    const statement = { Effect: 'Allow', Principal: { AWS: guestId }, Action: 'ecr:ListImages' };
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    const named = { repositoryName: 'shared' };
    await house.administrator.ecr.send(new Ecr.SetRepositoryPolicyCommand({ ...named, policyText }));
    assert.deepEqual((await send(guest, new Ecr.ListImagesCommand({ ...named, registryId: owner }))).imageIds, []);
    for (const [action, command] of commandsOn(owner, 'shared')) {
      if (action === 'ListImages') continue;
      await assert.rejects(send(guest, command), { name: 'AccessDeniedException' }, action);
    }
    await assert.rejects(send(guest, new Ecr.ListImagesCommand(named)), { name: 'RepositoryNotFoundException' });
    await house.administrator.ecr.send(new Ecr.DeleteRepositoryPolicyCommand(named));
    await assert.rejects(send(guest, new Ecr.ListImagesCommand({ ...named, registryId: owner })), /resource-based/);
  });

  test('a user named by a policy may, and a namesake made after its deletion may not', async () => {
    const { iam, ecr } = house.administrator;
    const first = await house.user('heir', []);
    const arn = `arn:aws:iam::${house.site.home.accountId}:user/heir`;
    const Statement = [{ Effect: 'Allow', Principal: { AWS: arn }, Action: 'ecr:ListImages' }];
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
    const named = { repositoryName: 'shared' };
    await ecr.send(new Ecr.SetRepositoryPolicyCommand({ ...named, policyText }));
    assert.equal((await ecr.send(new Ecr.GetRepositoryPolicyCommand(named))).policyText, policyText);
    const list = new Ecr.ListImagesCommand(named);
    assert.deepEqual((await first.ecr.send(list)).imageIds, [], 'the policy alone is enough within its account');
    const { accessKeyId: AccessKeyId } = first.options.credentials;
    await iam.send(new Iam.DeleteAccessKeyCommand({ UserName: 'heir', AccessKeyId }));
    await iam.send(new Iam.DeleteUserCommand({ UserName: 'heir' }));
    const second = await house.user('heir', []);
    await assert.rejects(second.ecr.send(list), /user\/heir is not authorized .* no identity-based policy allows/);
    const { policyText: left = '' } = await ecr.send(new Ecr.GetRepositoryPolicyCommand(named));
    assert.match(left, /"AWS":"AIDA[A-Z2-7]{17}"/);
    const again = ecr.send(new Ecr.SetRepositoryPolicyCommand({ ...named, policyText: left }));
    await assert.rejects(again, /Invalid repository policy provided/);
  });

  test('naming the account only delegates; everybody with a condition is whoever meets it', async () => {
    const { ecr } = house.administrator;
    const { ecr: clerk } = await house.user('delegate', []);
    const named = { repositoryName: 'shared' };
    const owner = house.site.home.accountId;
    const set = (statement: object) => {
      const Statement = [{ Effect: 'Allow', Action: 'ecr:ListImages', ...statement }];
      const policyText = JSON.stringify({ Version: '2012-10-17', Statement });
      return ecr.send(new Ecr.SetRepositoryPolicyCommand({ ...named, policyText }));
    };
    const list = () => clerk.send(new Ecr.ListImagesCommand(named));
    for (const AWS of [owner, `arn:aws:iam::${owner}:root`]) {
      await set({ Principal: { AWS } });
      await assert.rejects(list(), /no identity-based policy allows/);
    }
    const nameIs = (name: string) => ({ Principal: '*', Condition: { StringEquals: { 'AWS:UserName': name } } });
    await set(nameIs('delegate'));
    await list();
    await set(nameIs('Delegate'));
    await assert.rejects(list(), /no identity-based policy allows/);
    const elsewhere = { Principal: '*', Condition: { StringNotEquals: { 'aws:PrincipalAccount': owner } } };
    await set(elsewhere);
    await assert.rejects(list(), /no identity-based policy allows/);
    const across = new Ecr.ListImagesCommand({ ...named, registryId: owner });
    assert.deepEqual((await guest.send(across)).imageIds, []);
  });
});
