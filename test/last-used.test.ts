// When keys and roles were last used, over a whole site: every authenticated call counts, denied ones and docker's too.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DescribeRepositoriesCommand } from '@aws-sdk/client-ecr';
import * as Iam from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { type House, openHouse } from './support/house.ts';

describe('last used', () => {
  let house: House;
  let iam: Iam.IAMClient;
  before(async () => {
    house = await openHouse();
    iam = house.administrator.iam;
  });
  after(() => house.dispose());

  test('an access key that was only ever denied was used', async () => {
    const ann = await house.user('ann', []);
    const { accessKeyId: AccessKeyId } = ann.options.credentials;
    const look = () => iam.send(new Iam.GetAccessKeyLastUsedCommand({ AccessKeyId }));
    assert.deepEqual((await look()).AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' });
    await assert.rejects(ann.ecr.send(new DescribeRepositoriesCommand({})), { name: 'AccessDeniedException' });
    const { UserName, AccessKeyLastUsed: used } = await look();
    assert.deepEqual([UserName, used?.ServiceName, used?.Region], ['ann', 'ecr', 'us-east-1']);
    const ageMs = Date.now() - (used?.LastUsedDate?.getTime() ?? 0);
    assert.ok(ageMs >= 0 && ageMs < 60_000, `${ageMs} ms`);
  });

  test('a role is used by its sessions', async () => {
    const trust = {
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${house.site.home.accountId}:root` },
        Action: 'sts:AssumeRole',
      },
    };
    const RoleName = 'job';
    const AssumeRolePolicyDocument = JSON.stringify(trust);
    const { Role } = await iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const look = async () => (await iam.send(new Iam.GetRoleCommand({ RoleName }))).Role?.RoleLastUsed;
    const lookAtAll = async () => {
      const details = await iam.send(new Iam.GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
      return details.RoleDetailList?.find((role) => role.RoleName === RoleName)?.RoleLastUsed;
    };
    const input = { RoleArn: Role?.Arn ?? '', RoleSessionName: 'one' };
    const { Credentials } = await house.administrator.sts.send(new AssumeRoleCommand(input));
    assert.deepEqual([await look(), await lookAtAll()], [{}, {}], 'to assume it is not yet to use it');
    const session = house.session(Credentials);
    await assert.rejects(session.ecr.send(new DescribeRepositoriesCommand({})), { name: 'AccessDeniedException' });
    const used = await look();
    assert.deepEqual([used?.Region, used?.LastUsedDate instanceof Date], ['us-east-1', true]);
    assert.deepEqual(await lookAtAll(), used);
  });
});
