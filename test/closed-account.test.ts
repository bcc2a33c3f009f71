// An account is closed and opened again beside a running server: what its callers and others are told meanwhile.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Sts from '@aws-sdk/client-sts';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import type { OciClient } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';

describe('a closed account', () => {
  let house: House;
  let guest: HouseUser;
  let guestId = '';
  /** What the guest account issued before it was closed. */
  let oci: OciClient;
  let session: HouseUser;
  const named = { repositoryName: 'lent' };
  const list = () => new Ecr.ListImagesCommand({ ...named, registryId: guestId });
  /** At the other door, under the account's own host name. */
  const tags = async (client: OciClient) => {
    const host = `${guestId}.dkr.ecr.us-east-1.localhost`;
    return (await client.send('GET', '/v2/lent/tags/list', undefined, { host })).status;
  };
  const sallyport = (args: readonly string[], codes = [0]) => {
    const all = ['src/main.ts', 'account', ...args, '--data', house.dataFolder];
    return runCommand(process.execPath, all, { codes });
  };
  const assume = () => {
    const RoleArn = `arn:aws:iam::${guestId}:role/OrganizationAccountAccessRole`;
    return house.administrator.sts.send(new Sts.AssumeRoleCommand({ RoleArn, RoleSessionName: 'help' }));
  };
  const hostRecords = async () => {
    const folder = join(house.dataFolder, 'host/audit');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
    const text = (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
    const lines = text.split('\n').filter((line) => line.startsWith('{"eventVersion"'));
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };

  before(async () => {
    house = await openHouse();
    const made = JSON.parse((await sallyport(['create', '--name', 'guests', '--json'])).stdout) as Record<
      string,
      string
    >;
    guestId = made['accountId'] ?? '';
    guest = house.as(await administratorOf(house.dataFolder, house.url, made['profile']));
    await guest.ecr.send(new Ecr.CreateRepositoryCommand(named));
    const statement = { Effect: 'Allow', Principal: { AWS: house.site.home.accountId }, Action: 'ecr:ListImages' };
    const policyText = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await guest.ecr.send(new Ecr.SetRepositoryPolicyCommand({ ...named, policyText }));
    oci = await guest.oci();
    assert.equal(await tags(oci), 200);
    session = house.session((await guest.sts.send(new Sts.GetSessionTokenCommand({}))).Credentials);
  });
  after(() => house.dispose());

  test('an administrator of home gets in by the role that the account was made with', async () => {
    const { Credentials, AssumedRoleUser } = await assume();
    const inside = house.session(Credentials);
    assert.match(AssumedRoleUser?.Arn ?? '', new RegExp(`^arn:aws:sts::${guestId}:assumed-role/Organization`));
    assert.equal((await inside.ecr.send(new Ecr.ListImagesCommand(named))).imageIds?.length, 0);
    const clerk = await house.user('clerk', []);
    const RoleArn = `arn:aws:iam::${guestId}:role/OrganizationAccountAccessRole`;
    const without = clerk.sts.send(new Sts.AssumeRoleCommand({ RoleArn, RoleSessionName: 'help' }));
    await assert.rejects(without, /no identity-based policy allows the sts:AssumeRole action/);
  });

  test('is refused at both doors on the next request, and nobody else reaches what it has', async () => {
    assert.equal((await house.administrator.ecr.send(list())).imageIds?.length, 0);
    const { stdout } = await sallyport(['close', guestId]);
    assert.match(stdout, /is closed: its callers are refused from now on\. What it has is kept until 20\d\d-/);
    const invalid = { name: 'UnrecognizedClientException' };
    await assert.rejects(guest.ecr.send(new Ecr.ListImagesCommand(named)), invalid);
    await assert.rejects(session.ecr.send(new Ecr.ListImagesCommand(named)), invalid);
    await assert.rejects(guest.sts.send(new Sts.GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' });
    assert.equal(await tags(oci), 401);
    await assert.rejects(house.administrator.ecr.send(list()), /no resource-based policy allows the ecr:ListImages/);
    await assert.rejects(assume(), /is not authorized to perform: sts:AssumeRole/);
    assert.match((await sallyport(['close', guestId])).stdout, /was closed already, at /);
    const recover = ['src/main.ts', 'user', 'recover', '--account', guestId, '--data', house.dataFolder];
    const { stderr } = await runCommand(process.execPath, recover, { codes: [4] });
    assert.match(stderr, /is closed: nobody of it gets in/);
    assert.match((await sallyport(['list'])).stdout, new RegExp(`^${guestId}  .*  guests  \\(closed, kept until`, 'm'));
  });

  test('has all that it had when it is opened again, but for its sessions', async () => {
    assert.match((await sallyport(['reopen', guestId])).stdout, /is open again/);
    assert.equal((await guest.ecr.send(new Ecr.ListImagesCommand(named))).imageIds?.length, 0);
    await assert.rejects(session.ecr.send(new Ecr.ListImagesCommand(named)), { name: 'UnrecognizedClientException' });
    assert.equal(await tags(oci), 401);
    assert.equal(await tags(await guest.oci()), 200);
    assert.equal((await house.administrator.ecr.send(list())).imageIds?.length, 0);
    assert.match((await sallyport(['reopen', guestId])).stdout, /is open already/);
    const lines = JSON.parse((await sallyport(['list', '--json'])).stdout) as ReadonlyArray<Record<string, string>>;
    assert.deepEqual(
      lines.map(({ state }) => state),
      ['open', 'open'],
    );
  });

  test('home cannot be closed, what is no account neither, and each act is recorded', async () => {
    const home = house.site.home.accountId;
    assert.match((await sallyport(['close', home], [1])).stderr, /is the home account of the site, which cannot be/);
    for (const nobody of ['000000000001', 'guests']) {
      assert.match((await sallyport(['close', nobody], [4])).stderr, /There is no account/);
      assert.match((await sallyport(['reopen', nobody], [4])).stderr, /There is no account/);
    }
    const records = await hostRecords();
    assert.deepEqual(
      records.map(({ eventName, errorCode }) => [eventName, errorCode]),
      [
        ['CreateAccount', undefined],
        ['CloseAccount', undefined],
        ['CloseAccount', undefined],
        ['ReopenAccount', undefined],
        ['ReopenAccount', undefined],
        ['CloseAccount', 'Failed'],
      ],
    );
    assert.deepEqual(
      records.slice(1, 3).map(({ responseElements }) => responseElements),
      [{ isChanged: true }, { isChanged: false }],
    );
    assert.equal(records[1]?.['recipientAccountId'], guestId);
  });
});
