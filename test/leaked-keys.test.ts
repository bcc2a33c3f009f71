// A leaked key in quarantine: refused from the next request on, said loudly, with all that it led to, until released.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { ApiError } from '../src/cli/client/call.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { callAs, runAs } from './support/sallyport-client.ts';

const allow = (...Action: string[]) => ({ Effect: 'Allow', Action, Resource: '*' });
const isRefused = (code: string) => (error: unknown) => error instanceof ApiError && error.code === code;

describe('QuarantineAccessKey and ReleaseAccessKey', () => {
  let house: House;
  let administrator: HouseUser;
  before(async () => {
    house = await openHouse('managementListen: 127.0.0.1:0');
    administrator = house.administrator;
    await administrator.ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
  });
  after(() => house.dispose());
  const works = ({ ecr }: Pick<HouseUser, 'ecr'>) => ecr.send(new DescribeRepositoriesCommand({}));
  const alerts = () => house.log.filter((line) => line.startsWith('ALERT: '));

  test('the key, its sessions and its registry tokens are refused at once, and the operator hears of it', async () => {
    const eve = await house.user('eve', [], [allow('ecr:*', 'sts:*')]);
    const { accessKeyId } = eve.options.credentials;
    const session = house.session((await eve.sts.send(new GetSessionTokenCommand({}))).Credentials);
    const [oci, ofSession] = [await eve.oci(), await session.oci()];
    await works(session);
    const said = await runAs(administrator, 'key', 'quarantine', accessKeyId, '--reason', 'found in a log');
    assert.equal(said.code, 0, said.err);
    const text = /security token included in the request is invalid/;
    await refusedAs('UnrecognizedClientException', works(eve), text);
    await refusedAs('UnrecognizedClientException', works(session), text);
    assert.equal((await oci.send('GET', '/v2/')).status, 401);
    assert.equal((await ofSession.send('GET', '/v2/')).status, 401);
    assert.equal(alerts().length, 1, 'once a minute for the same key and source');
    assert.match(
      alerts()[0] ?? '',
      new RegExp(`^ALERT: quarantined access key ${accessKeyId} \\(found in a log\\) was used`),
    );
    assert.match(alerts()[0] ?? '', /from 127\.0\.0\.1 .*: request [0-9a-f-]{36}$/);
    const Status = 'Active';
    await administrator.iam.send(new UpdateAccessKeyCommand({ UserName: 'eve', AccessKeyId: accessKeyId, Status }));
    await refusedAs('UnrecognizedClientException', works(eve), text);
    const wrong = { ...eve.options.credentials, secretAccessKey: 'x'.repeat(40) };
    const guesser = new ECRClient({ ...eve.options, credentials: wrong });
    await refusedAs('UnrecognizedClientException', works({ ecr: guesser }), text);
    guesser.destroy();
    assert.match(alerts()[1] ?? '', /was named, without its secret, from/);
    const metrics = await (await fetch(`${house.site.managementUrl}/metrics`)).text();
    assert.match(metrics, /^sallyport_quarantined_key_uses_total 4$/m);
    const records = await house.auditRecords();
    const reasons = records.map(({ additionalEventData }) => String(additionalEventData?.['reason']));
    assert.ok(reasons.includes(`access key ${accessKeyId} is in quarantine: found in a log; its secret was used`));
    assert.ok(reasons.some((reason) => reason.endsWith('the signature is not its own')));
    assert.ok(
      records.some(({ eventName, errorCode }) => eventName === 'QuarantineAccessKey' && errorCode === undefined),
    );
    assert.equal((await runAs(administrator, 'key', 'release', accessKeyId)).out, `${accessKeyId} is released.`);
    await works(eve);
    await refusedAs('UnrecognizedClientException', works(session), text);
  });

  test('a list shows whose key it is, who put it there, and who tried it last', async () => {
    const ida = await house.user('ida', [], [allow('ecr:*')]);
    const [{ accessKeyId }, { secretAccessKey }] = [ida.options.credentials, administrator.options.credentials];
    const listed = async () => {
      const { keys } = await callAs(administrator, 'ListQuarantinedKeys', {});
      return keys.find((key) => key.accessKeyId === accessKeyId);
    };
    assert.equal(await listed(), undefined);
    await callAs(administrator, 'QuarantineAccessKey', { accessKeyId, reason: 'in a gist' });
    const { quarantinedAt, quarantinedBy, ...known } = (await listed()) ?? assert.fail('it is not listed');
    assert.ok(Math.abs(quarantinedAt.getTime() - Date.now()) < 60_000);
    assert.match(quarantinedBy, /^arn:aws:iam::\d{12}:(user\/\w+|root)$/);
    assert.deepEqual(known, { accessKeyId, reason: 'in a gist', userName: 'ida' });
    await refusedAs('UnrecognizedClientException', works(ida));
    assert.deepEqual(
      [(await listed())?.lastAttempt?.hadSecret, (await listed())?.lastAttempt?.sourceAddress],
      [true, '127.0.0.1'],
    );
    const guesser = new ECRClient({ ...ida.options, credentials: { accessKeyId, secretAccessKey } });
    await refusedAs('UnrecognizedClientException', works({ ecr: guesser }));
    guesser.destroy();
    assert.equal((await listed())?.lastAttempt?.hadSecret, false);
    assert.match((await listed())?.lastAttempt?.userAgent ?? '', /aws-sdk-js/);
    const { out } = await runAs(administrator, 'key', 'list');
    assert.match(out, new RegExp(`^KEY .*\\n(.*\\n)*${accessKeyId}  ida  .*  127\\.0\\.0\\.1  no  +in a gist`));
    await assert.rejects(callAs(ida, 'ListQuarantinedKeys', {}), isRefused('UnrecognizedClientException'));
    await callAs(administrator, 'ReleaseAccessKey', { accessKeyId });
    assert.equal(await listed(), undefined);
    await assert.rejects(callAs(ida, 'ListQuarantinedKeys', {}), isRefused('AccessDeniedException'));
    const records = await house.auditRecords();
    assert.ok(records.some(({ eventName, readOnly }) => eventName === 'ListQuarantinedKeys' && readOnly));
  });

  test('who may not, unknown keys, keys of others and what is no key are refused', async () => {
    const fay = await house.user('fay', [], [allow('ecr:*')]);
    const { accessKeyId } = administrator.options.credentials;
    for (const name of ['QuarantineAccessKey', 'ReleaseAccessKey'] as const) {
      await assert.rejects(callAs(fay, name, { accessKeyId }), isRefused('AccessDeniedException'));
      await assert.rejects(callAs(administrator, name, { accessKeyId: 'ASIA' }), isRefused('ValidationException'));
      const unknown = { accessKeyId: `AKIA${'A'.repeat(16)}` };
      await assert.rejects(callAs(administrator, name, unknown), isRefused('ResourceNotFoundException'));
    }
    await works(administrator);
  });
});
