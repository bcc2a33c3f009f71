// A root key under a key of the site itself is refused, by its running server too; one of any other place is not.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import { parseAwsKms } from '#config/aws-kms-parser.ts';
import { loadConfig } from '#config/load.ts';
import { systemRandom } from '#core/random.ts';
import { awsKmsProvider } from '#services/kms/root/providers/aws-kms.ts';
import { newRootKey } from '#services/kms/root/root-key.ts';
import { openSqliteToRead } from '#stores/sql/sqlite/open-to-read.ts';
import { type House, openHouse } from '../../../test/support/house.ts';
import { databaseFile } from '../data-files.ts';
import { systemPlatform } from '../open-site.ts';
import { rootKeyAtHost } from '../root-key-at-host.ts';
import { askServer, rotateRequest } from './control.ts';
import { externalKms } from './external-kms.ts';
import { openFileRoot } from './open-keys.ts';
import { refuseOwnKey } from './own-key.ts';

let house: House;
let arn: string;
/** The site's address before it has one: a door that leads to it. */
const front = createServer((socket) => {
  const inner = connect(Number(new URL(house.url).port), '127.0.0.1');
  for (const one of [socket, inner]) one.on('error', () => [socket, inner].forEach((each) => each.destroy()));
  socket.pipe(inner).pipe(socket);
});
const setting = () => {
  const endpoint = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  return { key: 'alias/root', region: 'us-east-1', endpoint, credentialsFile: 'data/aws/credentials' };
};
before(async () => {
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  house = await openHouse(`keys: {awsKms: ${JSON.stringify(setting())}}`);
  const { kms } = house.administrator;
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  arn = KeyMetadata?.Arn ?? assert.fail();
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/root', TargetKeyId: arn }));
});
after(async () => {
  await house.dispose();
  front.close();
});

test('a key of this very site cannot keep its root key', async () => {
  const database = openSqliteToRead(databaseFile(house.dataFolder));
  const refusal = (key: string, provider: 'aws-kms' | 'file' = 'aws-kms') =>
    refuseOwnKey(database, { id: '0123456789abcdef', provider, fields: new Map([['key', key]]) });
  await assert.rejects(refusal(arn), /is one of this very site, which would need it to open itself/);
  await refusal(arn.replace('us-east-1', 'eu-west-1'));
  await refusal(arn.replace(/:\d{12}:/, ':999999999999:'));
  await refusal(arn.slice(0, -1));
  await refusal(arn, 'file');
  await database.close();
});

test('a backup under it is refused: it would open only while it is not needed', async () => {
  const { dataFolder } = house;
  const credentialsFile = join(dataFolder, 'aws/credentials');
  const file = join(dataFolder, '..', 'backup.yaml');
  await writeFile(file, JSON.stringify({ keys: { awsKms: { ...setting(), credentialsFile } } }));
  const flags = { '--data': dataFolder, '--config': file };
  const { config } = loadConfig({ flags, environment: {}, workingFolder: dataFolder });
  const options = { platform: systemPlatform, log: () => undefined, environment: {}, openRoot: () => openFileRoot };
  const out = join(dataFolder, '..', 'backup.key');
  const how = { provider: 'aws-kms', shares: 3, threshold: 2 } as const;
  const prepared = await rootKeyAtHost(options).backupRootKey(config, how, out);
  await assert.rejects(prepared.commit(), /is one of this very site/);
  await assert.rejects(readFile(out), { code: 'ENOENT' });
});

test('a server that would itself decrypt its root key does not take it over', async () => {
  const credentialsFile = join(house.dataFolder, 'aws/credentials');
  const own = parseAwsKms({ ...setting(), credentialsFile });
  const next = newRootKey(systemRandom);
  const record = await awsKmsProvider({ ...own, call: externalKms(own, {}) }).keep(next);
  assert.equal(record.fields.get('key'), arn);
  const file = join(house.dataFolder, 'keys/root.key');
  const before = await readFile(file, 'latin1');
  await assert.rejects(askServer(house.dataFolder, rotateRequest(next, record)), /is one of this very site/);
  assert.equal(await readFile(file, 'latin1'), before);
});
