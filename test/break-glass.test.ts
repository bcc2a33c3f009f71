// Break glass: a new administrator from the host, beside a running server, told in an audit chain of its own.

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { administratorOf } from './support/administrator.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

describe('user recover', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.dispose());
  const sallyport = (args: readonly string[], codes = [0]) => {
    const all = [join(checkoutFolder, 'src/main.ts'), ...args, '--data', house.dataFolder];
    return runCommand(process.execPath, all, { codes });
  };
  const hostAudit = () => join(house.dataFolder, 'host/audit');
  const hostText = async () => {
    const names = (await readdir(hostAudit())).filter((name) => name.endsWith('.jsonl'));
    return (await Promise.all(names.map((name) => readFile(join(hostAudit(), name), 'utf8')))).join('');
  };

  test('makes an administrator that works at once, tells of it loudly, and leaves both chains whole', async () => {
    const said = await sallyport(['user', 'recover', '--json']);
    const made = JSON.parse(said.stdout) as Record<'profile' | 'accountId' | 'accessKeyId' | 'userName', string>;
    assert.match(said.stderr, /^RECOVERY: recovery-\d{8}T\d{9}Z of account \d{12} is an administrator; see /);
    const options = await administratorOf(house.dataFolder, house.url, made.profile);
    const sts = new STSClient(options);
    assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn ?? '', new RegExp(`user/${made.userName}$`));
    sts.destroy();
    const text = await hostText();
    const record = text.split('\n').find((line) => line.startsWith('{"eventVersion"')) ?? '';
    assert.match(record, /"eventName":"RecoverAdministrator".*"sourceIPAddress":"host"|"sourceIPAddress":"host".*/);
    assert.ok(record.includes(made.accessKeyId) && text.includes('"intent"'));
    assert.ok(!text.includes(options.credentials.secretAccessKey), 'no secret');
    await sallyport(['account', 'create', '--name', 'guests']);
    assert.match(await hostText(), /"eventName":"CreateAccount"/);
    const verified = await sallyport(['audit', 'verify']);
    assert.match(verified.stdout, /\nhost\/audit: 2 records in \d+ batches: the chain holds\n$/);
  });

  test('an account that is not there is refused, and a changed record is found', async () => {
    assert.match(
      (await sallyport(['user', 'recover', '--account', '000000000001'], [4])).stderr,
      /There is no account/,
    );
    const [name = ''] = (await readdir(hostAudit())).filter((one) => one.endsWith('.jsonl'));
    const bytes = await readFile(join(hostAudit(), name), 'utf8');
    await writeFile(join(hostAudit(), name), bytes.replace('RecoverAdministrator', 'ForgottenAdminister1'));
    assert.match((await sallyport(['audit', 'verify'], [1])).stdout, /^host\/audit-\d+\.jsonl:\d+: /m);
  });
});
