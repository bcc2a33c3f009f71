// A pipeline's day: a user becomes a role, pushes and pulls as it, becomes the next role, and loses each of them again.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeImagesCommand, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { DeleteAccessKeyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { systemClock } from '../src/core/clock.ts';
import type { NewRevocation } from '../src/core/ports/session-revoker.ts';
import { systemRandom } from '../src/core/random.ts';
import { openFileRoot, openKeys } from '../src/site/keys/open-keys.ts';
import { openSiteDatabase } from '../src/site/stores.ts';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { assume, makeRole, policyOf, removeRole } from './support/roles.ts';
import { runCommand } from './support/run-command.ts';

const may = (Action: string | readonly string[], Resource = '*') => ({ Effect: 'Allow', Action, Resource });
const tags = '/v2/app/tags/list';

describe('sessions in a chain', () => {
  let house: House;
  let admin: HouseUser;
  let account = '';
  const trusting = (AWS: string) => [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS } }];
  before(async () => {
    house = await openHouse();
    admin = house.administrator;
    account = house.site.home.accountId;
    await admin.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());

  /** As the command line would, from beside the running server. */
  const revoke = async (revocation: Omit<NewRevocation, 'madeBy'>) => {
    const keys = await openKeys(house.dataFolder, systemRandom, openFileRoot);
    const beside = await openSiteDatabase(house.dataFolder, { clock: systemClock, random: systemRandom }, keys);
    await beside.iam.revocations.revoke(house.site.home.accountId, { ...revocation, madeBy: 'test' });
    await beside.database.close();
  };
  const list = async (client: Awaited<ReturnType<HouseUser['oci']>>) => (await client.send('GET', tags)).status;
  const describing = ({ ecr }: HouseUser) => ecr.send(new DescribeImagesCommand({ repositoryName: 'app' }));

  test('user, role, next role; each ends with the role behind it, signatures and registry tokens alike', async () => {
    const builder = await house.user('builder', [], [may('sts:AssumeRole')]);
    const push = await makeRole(admin, 'Push', { trust: trusting(account), may: [may(['ecr:*', 'sts:AssumeRole'])] });
    const read = await makeRole(admin, 'Read', { trust: trusting(push), may: [may('ecr:*')] });
    await refusedAs('AccessDeniedException', describing(builder));
    const { session: pushing } = await assume(house, builder, push);
    const pushed = await (await pushing.oci()).pushImage('app', 'one', [Buffer.from('layer')]);
    const { imageDetails } = await describing(pushing);
    assert.equal(imageDetails?.[0]?.imageDigest, pushed.digest);
    await refusedAs('AccessDenied', assume(house, builder, read), /no role trust policy/);
    const { session: reading } = await assume(house, pushing, read);
    const who = await reading.sts.send(new GetCallerIdentityCommand({}));
    assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/Read/test`);
    const [pushClient, readClient] = [await pushing.oci(), await reading.oci()];
    assert.deepEqual([await list(pushClient), await list(readClient)], [200, 200]);
    await removeRole(admin, 'Push');
    await refusedAs('UnrecognizedClientException', describing(pushing), /security token .* is invalid/);
    assert.deepEqual([await list(pushClient), await list(readClient)], [401, 200], 'the next role is still there');
    const again = await makeRole(admin, 'Push', { trust: trusting(account), may: [may('ecr:*')] });
    assert.equal(again, push);
    await refusedAs('UnrecognizedClientException', describing(pushing));
    assert.equal(await list(pushClient), 401, 'a namesake is another role');
    await refusedAs('AccessDenied', assume(house, await house.user('second', [], [may('sts:*')]), read));
    await removeRole(admin, 'Read');
    assert.equal(await list(readClient), 401);
    const records = await house.auditRecords();
    const gone = records.findLast(
      ({ eventName, errorCode }) => eventName === 'DescribeImages' && errorCode !== undefined,
    );
    assert.match(String(gone?.additionalEventData?.['reason']), /is gone/);
  });

  test('a changed role bites on the next request of its sessions, at both doors', async () => {
    const RoleName = 'Changing';
    const arn = await makeRole(admin, RoleName, { trust: trusting(account), may: [may('ecr:*')] });
    const { session } = await assume(house, admin, arn);
    const client = await session.oci();
    assert.equal(await list(client), 200);
    const PolicyDocument = policyOf({ ...may('ecr:ListImages'), Effect: 'Deny' });
    await admin.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'test', PolicyDocument }));
    await refusedAs('AccessDeniedException', describing(session), /no identity-based policy/);
    assert.equal(await list(client), 403);
  });

  test('a session policy limits the registry token that the session makes', async () => {
    const arn = await makeRole(admin, 'Limited', { trust: trusting(account), may: [may('ecr:*')] });
    const Policy = policyOf(may(['ecr:GetAuthorizationToken', 'ecr:ListImages']));
    const { session } = await assume(house, admin, arn, { Policy });
    const client = await session.oci();
    assert.equal(await list(client), 200);
    assert.equal((await client.send('GET', '/v2/app/manifests/one')).status, 403);
    assert.equal((await client.send('POST', '/v2/app/blobs/uploads/', Buffer.alloc(0))).status, 403);
  });

  test('a registry token never outlives the session that made it', async () => {
    const arn = await makeRole(admin, 'Brief', { trust: trusting(account), may: [may('ecr:*')] });
    const { session, answer } = await assume(house, admin, arn, { DurationSeconds: 900 });
    const { authorizationData } = await session.ecr.send(new GetAuthorizationTokenCommand({}));
    const [told, ends] = [authorizationData?.[0]?.expiresAt, answer.Credentials?.Expiration];
    assert.ok(told !== undefined && ends !== undefined);
    assert.equal(Math.floor(told.getTime() / 1000), ends.getTime() / 1000);
  });

  test('a revocation beside the server ends sessions and their registry tokens, and later ones stand', async () => {
    const arn = await makeRole(admin, 'Revoked', { trust: trusting(account), may: [may('ecr:*'), may('sts:*')] });
    const leaked = await house.user('leaked', [], [may('sts:*'), may('ecr:*')]);
    const own = house.session((await leaked.sts.send(new GetSessionTokenCommand({}))).Credentials);
    const { session, answer } = await assume(house, own, arn);
    const { session: chained } = await assume(house, session, arn);
    const { session: other } = await assume(house, admin, arn);
    const clients = await Promise.all([session, chained, own, other].map((one) => one.oci()));
    const statuses = () => Promise.all(clients.map(list));
    assert.deepEqual(await statuses(), [200, 200, 200, 200]);
    await revoke({ kind: 'session', value: answer.Credentials?.AccessKeyId ?? '' });
    assert.deepEqual(await statuses(), [401, 200, 200, 200], 'one session');
    await refusedAs('UnrecognizedClientException', describing(session));
    await describing(chained);
    await admin.iam.send(
      new DeleteAccessKeyCommand({ UserName: 'leaked', AccessKeyId: leaked.options.credentials.accessKeyId }),
    );
    await describing(own);
    await revoke({ kind: 'key', value: leaked.options.credentials.accessKeyId });
    assert.deepEqual(await statuses(), [401, 401, 401, 200], 'all that came of a key');
    const [roleId = ''] = answer.AssumedRoleUser?.AssumedRoleId?.split(':') ?? [];
    await revoke({ kind: 'principal', value: roleId });
    assert.deepEqual(await statuses(), [401, 401, 401, 401], 'all of a role');
    await refusedAs('InvalidClientTokenId', other.sts.send(new GetCallerIdentityCommand({})));
    const { session: later } = await assume(house, admin, arn);
    assert.equal(await list(await later.oci()), 200);
    await revoke({ kind: 'source', value: '127.0.0.0/8' });
    await refusedAs('UnrecognizedClientException', describing(later));
  });

  test('AWS’s own idiom, a Deny on aws:TokenIssueTime, ends older sessions and their registry tokens', async () => {
    const RoleName = 'Aged';
    const arn = await makeRole(admin, RoleName, { trust: trusting(account), may: [may('ecr:*')] });
    const { session } = await assume(house, admin, arn);
    const client = await session.oci();
    assert.equal(await list(client), 200);
    const Condition = { DateLessThan: { 'aws:TokenIssueTime': new Date().toISOString() } };
    const PolicyDocument = policyOf({ ...may('*'), Effect: 'Deny', Condition });
    await admin.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'AWSRevokeOlderSessions', PolicyDocument }));
    assert.equal(await list(client), 403);
    await refusedAs('AccessDeniedException', describing(session), /with an explicit deny in an identity-based policy/);
    const { session: later } = await assume(house, admin, arn);
    assert.equal(await list(await later.oci()), 200);
  });

  test('across accounts both sides must allow, and the record is the role’s account’s', async () => {
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    const options = await administratorOf(house.dataFolder, house.url, made['profile']);
    const guest = house.as(options);
    const arn = await makeRole(admin, 'Shared', { trust: trusting(made['accountId'] ?? ''), may: [may('ecr:*')] });
    const { session } = await assume(house, guest, arn);
    assert.equal((await session.sts.send(new GetCallerIdentityCommand({}))).Account, account);
    await describing(session);
    const own = await makeRole(admin, 'Own', { trust: trusting(account) });
    await refusedAs('AccessDenied', assume(house, guest, own), /no role trust policy/);
    const missing = own.replace('Own', 'Missing');
    await refusedAs('AccessDenied', assume(house, guest, missing), /role\/Missing because no role trust policy/);
    const away = await makeRole(guest, 'Away', { trust: trusting(`arn:aws:iam::${account}:root`) });
    await assume(house, admin, away);
    const clerk = await house.user('clerk', []);
    await refusedAs('AccessDenied', assume(house, clerk, away), /user\/clerk .* no identity-based policy/);
  });
});
