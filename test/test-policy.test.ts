// TestPolicy and `sallyport policy test`: the decision that would be made; and the encoded reasons of a denial.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { DecodeAuthorizationMessageCommand, STSClient } from '@aws-sdk/client-sts';
import { ApiError } from '../src/cli/client/call.ts';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';
import { callAs, runAs } from './support/sallyport-client.ts';

const action = 'ecr:PutImage';

describe('TestPolicy and DecodeAuthorizationMessage', () => {
  let house: House;
  let administrator: HouseUser;
  let pusher: HouseUser;
  let resource = '';
  const arnOf = (user: string) => `arn:aws:iam::${house.site.home.accountId}:user/${user}`;
  before(async () => {
    house = await openHouse();
    administrator = house.administrator;
    const { ecr } = administrator;
    const made = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    resource = made.repository?.repositoryArn ?? '';
    pusher = await house.user(
      'pusher',
      [],
      [
        {
          ...{ Sid: 'FromOffice', Effect: 'Allow', Action: 'ecr:Put*', Resource: '*' },
          Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } },
        },
        { Sid: 'NoTests', Effect: 'Deny', Action: 'sallyport:TestPolicy', Resource: '*' },
      ],
    );
  });
  after(() => house.dispose());

  const refused = async (calling: Promise<unknown>, code: string) => {
    const error = await calling.then(
      () => assert.fail('it was allowed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.code, code);
    return error;
  };

  test('decides with the policies of now and the context that was given', async () => {
    const principalArn = arnOf('pusher');
    const here = await callAs(administrator, 'TestPolicy', { principalArn, action, resource });
    assert.equal(here.decision.reason, 'implicit-deny');
    assert.deepEqual(here.decision.policies[0]?.context, [{ key: 'aws:SourceIp', values: ['127.0.0.1'] }]);
    const context = [{ key: 'AWS:sourceip', values: ['203.0.113.9'] }];
    const there = await callAs(administrator, 'TestPolicy', { principalArn, action, resource, context });
    assert.deepEqual([there.decision.reason, there.decision.changes], ['allowed', []]);
  });

  test('a repository policy is asked as well', async () => {
    const statement = { Effect: 'Allow', Principal: { AWS: arnOf('pusher') }, Action: 'ecr:BatchDeleteImage' };
    const policyText = JSON.stringify({ Statement: [statement] });
    await administrator.ecr.send(new SetRepositoryPolicyCommand({ repositoryName: 'app', policyText }));
    const input = { principalArn: arnOf('pusher'), action: 'ecr:BatchDeleteImage', resource };
    const { decision } = await callAs(administrator, 'TestPolicy', input);
    assert.deepEqual([decision.reason, decision.by], ['allowed', 'resource-based policy']);
  });

  test('refuses what is not of the account, nobody, and what is malformed', async () => {
    const other = 'arn:aws:iam::111122223333:user/alice';
    const ask = (principalArn: string, on = resource, what = action) =>
      callAs(administrator, 'TestPolicy', { principalArn, action: what, resource: on });
    await refused(ask(other), 'AccessDeniedException');
    await refused(ask(arnOf('nobody')), 'ResourceNotFoundException');
    await refused(ask('not an arn, but long enough'), 'ValidationException');
    await refused(ask(arnOf('pusher'), 'arn:aws:ecr:us-east-1:111122223333:repository/app'), 'ValidationException');
    await refused(ask(arnOf('pusher'), resource, 'PutImage'), 'ValidationException');
    const records = (await house.auditRecords()).filter(({ eventName }) => eventName === 'TestPolicy');
    assert.ok(records.some(({ errorCode }) => errorCode === undefined));
    assert.ok(records.some(({ errorCode }) => errorCode === 'ValidationException'));
  });

  test('sallyport policy test', async () => {
    const args = ['policy', 'test', '--principal', arnOf('pusher'), '--action', action, '--resource', resource];
    const denied = await runAs(administrator, ...args);
    assert.equal(denied.code, 1, denied.err);
    assert.match(denied.out, /^decision {3}no identity-based policy allows it$/m);
    const allowed = await runAs(administrator, ...args, '--context', 'aws:SourceIp=203.0.113.9', '--json');
    assert.equal(allowed.code, 0, allowed.err);
    assert.equal((JSON.parse(allowed.out) as { reason: string }).reason, 'allowed');
    assert.equal((await runAs(administrator, ...args, '--context', 'nonsense')).code, 3);
  });

  test('a denial of this door ends with an encoded message that its own account can decode', async () => {
    const input = { principalArn: arnOf('pusher'), action, resource };
    const error = await refused(callAs(pusher, 'TestPolicy', input), 'AccessDeniedException');
    const [, EncodedMessage = ''] = /\. Encoded authorization failure message: (\S+)$/.exec(error.answer) ?? [];
    assert.doesNotMatch(error.message, /Encoded/);
    const decode = new DecodeAuthorizationMessageCommand({ EncodedMessage });
    const { DecodedMessage = '' } = await administrator.sts.send(decode);
    const decoded = JSON.parse(DecodedMessage) as Record<string, unknown>;
    assert.deepEqual([decoded['allowed'], decoded['explicitDeny']], [false, true]);
    assert.deepEqual(decoded['matchedStatements'], {
      items: [
        {
          statementId: 'NoTests',
          effect: 'DENY',
          principals: { items: [] },
          principalGroups: { items: [] },
          actions: { items: [{ value: 'sallyport:TestPolicy' }] },
          resources: { items: [{ value: '*' }] },
          conditions: { items: [] },
        },
      ],
    });
    const context = decoded['context'] as { principal: { name: string; arn: string }; action: string };
    assert.deepEqual([context.principal.name, context.action], ['pusher', 'sallyport:TestPolicy']);
    const audited = (await house.auditRecords()).filter(({ errorMessage }) => errorMessage?.includes('TestPolicy'));
    assert.ok(audited.length > 0 && audited.every(({ errorMessage }) => !errorMessage?.includes('Encoded')));

    await assert.rejects(pusher.sts.send(decode), { name: 'AccessDenied' });
    const forged = `${EncodedMessage.slice(0, -2)}AA`;
    const invalid = { name: 'InvalidAuthorizationMessageException' };
    await assert.rejects(
      administrator.sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: forged })),
      invalid,
    );
    await assert.rejects(administrator.sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: '' })), {
      name: 'ValidationError',
    });
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    const guest = new STSClient(await administratorOf(house.dataFolder, house.url, made['profile']));
    await assert.rejects(guest.send(decode), invalid);
    guest.destroy();
  });
});
