// A root key under a key of the site itself is refused; one of any other place is not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';
import { openHouse } from '../../../test/support/house.ts';
import { databaseFile } from '../data-files.ts';
import { refuseOwnKey } from './own-key.ts';

test('a key of this very site cannot keep its root key', async () => {
  const house = await openHouse();
  try {
    const { KeyMetadata } = await house.administrator.kms.send(new CreateKeyCommand({}));
    const arn = KeyMetadata?.Arn ?? assert.fail();
    const database = openSqliteToRead(databaseFile(house.dataFolder));
    const refusal = (key: string, provider: 'aws-kms' | 'file' = 'aws-kms') =>
      refuseOwnKey(database, { id: '0123456789abcdef', provider, fields: new Map([['key', key]]) });
    await assert.rejects(refusal(arn), /is one of this very site, which would need it to open itself/);
    await refusal(arn.replace('us-east-1', 'eu-west-1'));
    await refusal(arn.replace(/:\d{12}:/, ':999999999999:'));
    await refusal(arn.slice(0, -1));
    await refusal(arn, 'file');
    await database.close();
  } finally {
    await house.dispose();
  }
});
