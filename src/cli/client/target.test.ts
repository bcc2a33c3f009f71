// Where a command finds its server and its credentials: flags, then environment, then profile files.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ConfigError } from '#config/config.ts';
import { writeProfile } from '../aws-profile.ts';
import { parseSections } from './aws-files.ts';
import { targetOf } from './target.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-target-'));
  const config =
    '[default]\nendpoint_url = http://127.0.0.1:1\n[profile ci]\nregion = eu-west-1\nendpoint_url=https://ci:2\n';
  await writeFile(join(folder, 'config'), `${config}ca_bundle = /ca.crt\n`);
  await writeFile(
    join(folder, 'credentials'),
    '[default]\naws_access_key_id = A\naws_secret_access_key = a\n' +
      '[ci]\naws_access_key_id = C\naws_secret_access_key = c=d\naws_session_token = t\n',
  );
});
after(() => rm(folder, { recursive: true, force: true }));

const files = () => ({
  AWS_CONFIG_FILE: join(folder, 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
});
const find = (environment: Record<string, string> = {}, flags = {}) =>
  targetOf({ environment: { ...files(), ...environment }, dataFolder: '/nowhere', ...flags });

test('the default profile, another by variable or flag', async () => {
  const plain = await find();
  assert.deepEqual(
    [plain.endpoint.href, plain.region, plain.credentials.accessKeyId],
    ['http://127.0.0.1:1/', 'us-east-1', 'A'],
  );
  for (const ci of [await find({ AWS_PROFILE: 'ci' }), await find({}, { profile: 'ci' })]) {
    assert.equal(ci.endpoint.href, 'https://ci:2/');
    assert.deepEqual(ci.credentials, { accessKeyId: 'C', secretAccessKey: 'c=d', sessionToken: 't' });
    assert.deepEqual([ci.region, ci.authority], ['eu-west-1', '/ca.crt']);
  }
});

test('variables go before files, and a profile that was named goes before keys in variables', async () => {
  const keys = { AWS_ACCESS_KEY_ID: 'E', AWS_SECRET_ACCESS_KEY: 'e', AWS_ENDPOINT_URL: 'http://env:3' };
  assert.equal((await find(keys)).credentials.accessKeyId, 'E');
  const named = await find(keys, { profile: 'ci', endpoint: 'http://flag:4' });
  assert.deepEqual([named.credentials.accessKeyId, named.endpoint.host], ['C', 'flag:4']);
});

test('without files of its own the profiles that the site on this machine wrote', async () => {
  const secret = { accessKeyId: 'S', secretAccessKey: 's' };
  const profile = { name: 'default', region: 'us-east-1', regions: ['us-east-1'], endpointUrl: 'http://site:5' };
  await writeProfile(folder, profile, secret);
  const found = await targetOf({ environment: { HOME: '/nowhere' }, dataFolder: folder });
  assert.deepEqual([found.endpoint.host, found.credentials], ['site:5', secret]);
});

test('what is missing is said', async () => {
  const nowhere = { environment: { HOME: '/nowhere' }, dataFolder: '/nowhere' };
  await assert.rejects(
    targetOf(nowhere),
    (error) => error instanceof ConfigError && /No server is named/.test(error.message),
  );
  await assert.rejects(targetOf({ ...nowhere, endpoint: 'http://a' }), /There are no credentials/);
  await assert.rejects(find({}, { endpoint: 'ftp://a' }), /must be an http/);
});

test('sections are read as the AWS CLI writes them', () => {
  const sections = parseSections('# c\n[ profile a ]\r\nX = 1\n s3 =\n  nested = 2\n[b]\n=3\ny=\n');
  assert.deepEqual(
    [...sections].map(([name, values]) => [name, [...values]]),
    [
      ['a', [['x', '1']]],
      ['b', [['y', '']]],
    ],
  );
});
