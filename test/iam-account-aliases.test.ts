// Account aliases over a site of two accounts: one each, no two the same.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { administratorOf } from './support/administrator.ts';
import { converse, refused, said } from './support/conversation.ts';
import { type House, openHouse } from './support/house.ts';
import { runCommand } from './support/run-command.ts';

describe('account aliases', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.dispose());

  test('CreateAccountAlias, ListAccountAliases, DeleteAccountAlias', async () => {
    const { iam } = house.administrator;
    const create = (AccountAlias: string) => new Iam.CreateAccountAliasCommand({ AccountAlias });
    const answers = await converse(house, (command) => iam.send(command), [
      said(new Iam.ListAccountAliasesCommand({})),
      said(create('harbour')),
      said(create('harbour-2')),
      said(new Iam.ListAccountAliasesCommand({})),
      ...['ab', '-ab', 'ab-', 'a--b', 'Abc', 'a'.repeat(64)].map((alias) =>
        refused(create(alias), 'ValidationError', /at 'accountAlias' failed to satisfy constraint/),
      ),
      refused(new Iam.ListAccountAliasesCommand({ Marker: 'forged' }), 'ValidationError', /^Invalid Marker\.$/),
      refused(
        new Iam.DeleteAccountAliasCommand({ AccountAlias: 'harbour' }),
        'NoSuchEntityException',
        /^The account alias with name harbour cannot be found\.$/,
      ),
    ]);
    const [none, , , one] = answers as Iam.ListAccountAliasesResponse[];
    assert.deepEqual([none?.AccountAliases, one?.AccountAliases], [[], ['harbour-2']]);
    const cli = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, cli)).stdout) as Record<string, string>;
    const guest = new Iam.IAMClient(await administratorOf(house.dataFolder, house.url, made['profile']));
    await assert.rejects(guest.send(create('harbour-2')), /The account alias harbour-2 already exists\./);
    await guest.send(create('harbour'));
    await iam.send(new Iam.DeleteAccountAliasCommand({ AccountAlias: 'harbour-2' }));
    await guest.send(create('harbour-2'));
    guest.destroy();
  });
});
