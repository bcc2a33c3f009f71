// A root key under a key of another Sallyport: made, opened, refused, given back, replaced while the site serves.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DeleteUserPolicyCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { parseRecord, writeRecord } from '../src/services/kms/root/root-record.ts';
import { type House, openHouse } from './support/house.ts';
import { makeRootedSite, type RootedSite } from './support/rooted-site.ts';

const init = ['rootkey', 'init', '--provider', 'aws-kms'];
const user = 'site-a';

for (const workers of ['1', '2']) {
  describe(`a site with ${workers} processes`, () => {
    let kms: House;
    let site: RootedSite;
    let [key, otherKey] = ['', ''];

    const newKey = async () => {
      const { KeyMetadata } = await kms.administrator.kms.send(new CreateKeyCommand({}));
      return KeyMetadata?.Arn ?? assert.fail();
    };
    /** What the site may do at the other one, for its own name only. */
    const permit = (...Action: readonly string[]) =>
      kms.administrator.iam.send(
        new PutUserPolicyCommand({
          ...{ UserName: user, PolicyName: 'root-key' },
          PolicyDocument: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                ...{ Effect: 'Allow', Action, Resource: [key, otherKey] },
                Condition: { StringEquals: { 'kms:EncryptionContext:site': 'a.example' } },
              },
            ],
          }),
        }),
      );
    const configure = (more: object = {}) => {
      const credentialsFile = join(site.folder, 'credentials');
      const context = { encryptionContext: { site: 'a.example' } };
      const awsKms = { key, region: 'us-east-1', endpoint: kms.url, credentialsFile, ...context, ...more };
      return site.configure({ rootCacheSeconds: 0, awsKms });
    };
    const disable = () => kms.administrator.kms.send(new DisableKeyCommand({ KeyId: key }));
    const enable = () => kms.administrator.kms.send(new EnableKeyCommand({ KeyId: key }));
    const rootFile = () => readFile(join(site.data, 'keys/root.key'), 'latin1');
    const provider = async () => (await site.cli(['rootkey', 'status'])).stdout;

    before(async () => {
      kms = await openHouse();
      site = await makeRootedSite(workers);
      [key, otherKey] = [await newKey(), await newKey()];
      const { credentials } = (await kms.user(user, [])).options;
      const lines = [
        ...['[default]', `aws_access_key_id = ${credentials.accessKeyId}`],
        `aws_secret_access_key = ${credentials.secretAccessKey}`,
      ];
      await writeFile(join(site.folder, 'credentials'), `${lines.join('\n')}\n`, { mode: 0o600 });
      await configure();
    });
    after(async () => {
      await site.dispose();
      await kms.dispose();
    });

    test('who may not decrypt, or names another site, makes no root key', async () => {
      await permit('kms:Encrypt');
      assert.match((await site.cli(init, { codes: [1] })).stderr, /refuses this site\. .*not authorized.*kms:Decrypt/);
      await permit('kms:Encrypt', 'kms:Decrypt');
      await configure({ encryptionContext: { site: 'b.example' } });
      assert.match((await site.cli(init, { codes: [1] })).stderr, /refuses this site\. .*kms:Encrypt/);
      await site.configure({});
      assert.match((await site.cli(init, { codes: [3] })).stderr, /the configuration has no keys\.awsKms/);
      await assert.rejects(rootFile(), { code: 'ENOENT' });
      await configure();
    });

    test('a new site begins with it, and asks the other one in its name', async () => {
      assert.match((await site.cli(init)).stderr, /The root key [0-9a-f]{16} is made, kept by aws-kms/);
      assert.match(await rootFile(), /^sallyport-root-key 2\nid .*\nprovider aws-kms\nkey arn:aws:kms:us-east-1:/);
      assert.match(await provider(), /kept by aws-kms \(arn:aws:kms:us-east-1:\d{12}:key\/[0-9a-f-]{36}\)/);
      const { lines } = await site.start();
      assert.match(lines.join('\n'), /Sallyport is ready at/);
      await site.push('before');
      assert.equal((await site.pull('before')).status, 200);
      const { id } = parseRecord(await rootFile()) ?? assert.fail();
      const context = { site: 'a.example', 'sallyport:root-key': id };
      const records = await kms.auditRecords();
      const used = records.filter(({ userIdentity }) => userIdentity['userName'] === user);
      assert.ok(used.some(({ eventName, errorCode }) => eventName === 'Decrypt' && errorCode === undefined));
      assert.deepEqual(used.at(-1)?.requestParameters?.['encryptionContext'], context);
    });

    test('the key is disabled: the site seals itself, starts sealed, and opens once it is enabled', async () => {
      await disable();
      const told = await site.until(503, 'before');
      assert.match(told, /The site is sealed: The key of the external KMS that keeps the root key is disabled/);
      assert.equal(/127\.0\.0\.1|arn:/.test(told), false, 'callers learn no address');
      assert.equal(await site.server().stop(), 0);
      const { lines } = await site.start();
      assert.match(lines.join('\n'), /Sallyport is sealed at \S+: .*The key of .* is disabled.*arn:aws:kms/);
      const { status, text } = await site.readiness();
      assert.equal(status, 503);
      if (workers === '1') assert.match(text, /is disabled, or is to be deleted/);
      assert.match(await provider(), /server: The site is sealed: The key of the external KMS/);
      assert.match((await site.cli(['account', 'list'], { codes: [1] })).stderr, /is disabled, or is to be deleted/);
      await enable();
      await site.until(200, 'before');
      await site.push('after');
      const opened = (await site.hostRecords()).filter(({ eventName }) => eventName === 'UnsealSite');
      const { provider: keeper, from } = { provider: '', from: '', ...opened.at(-1)?.requestParameters };
      assert.deepEqual([keeper, from, opened.at(-1)?.errorCode], ['aws-kms', 'provider', undefined]);
    });

    test('it is replaced by a file and comes back, while the site serves', async () => {
      await site.cli(['rootkey', 'rotate', '--provider', 'file']);
      assert.match(await provider(), /kept by file,/);
      await disable();
      assert.equal(await site.server().stop(), 0);
      await site.start();
      assert.equal((await site.pull('after')).status, 200);
      const before = await rootFile();
      const refused = await site.cli(['rootkey', 'rotate', '--provider', 'aws-kms'], { codes: [1] });
      assert.match(refused.stderr, /is disabled, or is to be deleted/);
      assert.equal(await rootFile(), before);
      await enable();
      const rotated = await site.cli(['rootkey', 'rotate', '--provider', 'aws-kms']);
      assert.match(rotated.stderr, /The root key is [0-9a-f]{16} now, kept by aws-kms.*\n\d key domains are under it/s);
      assert.equal((await site.pull('after')).status, 200);
      await site.push('last');
      assert.equal(await site.server().stop(), 0);
      await site.start();
      assert.equal((await site.pull('last')).status, 200);
    });

    // What several processes could do differently is above.
    if (workers !== '1') return;

    test('rights are taken away, the other site is gone: each is told, and is over when it is over', async () => {
      await kms.administrator.iam.send(new DeleteUserPolicyCommand({ UserName: user, PolicyName: 'root-key' }));
      assert.match(await site.until(503, 'after'), /refuses this site/);
      await permit('kms:Encrypt', 'kms:Decrypt');
      await site.until(200, 'after');
      assert.equal(await site.server().stop(), 0);
      await configure({ endpoint: 'http://127.0.0.1:9' });
      const { lines } = await site.start();
      assert.match(lines.join('\n'), /sealed: The external KMS .* cannot be reached.*ECONNREFUSED/);
      assert.equal(await site.server().stop(), 0);
      await configure();
    });

    test('a record that names another key, and one of another site, open nothing', async () => {
      const text = await rootFile();
      const record = parseRecord(text) ?? assert.fail();
      const file = join(site.data, 'keys/root.key');
      await writeFile(file, writeRecord({ ...record, fields: new Map([...record.fields, ['key', otherKey]]) }));
      const { lines } = await site.start();
      assert.match(lines.join('\n'), /does not open it: it is another key, or this is another site's root key/);
      await writeFile(file, text);
      await site.until(200, 'after');
      assert.equal(await site.server().stop(), 0);
      await writeFile(file, writeRecord({ ...record, id: '0123456789abcdef' }));
      assert.match((await site.cli(['account', 'list'], { codes: [1] })).stderr, /is not one of ours/);
      await writeFile(file, text);
    });

    test('a server that was started without it refuses to be given it', async () => {
      await site.cli(['rootkey', 'rotate', '--provider', 'file']);
      await site.configure({});
      await site.start();
      await configure();
      const before = await rootFile();
      const refused = await site.cli(['rootkey', 'rotate', '--provider', 'aws-kms'], { codes: [1] });
      assert.match(refused.stderr, /The server, as it was started, cannot open .*not set up here/);
      assert.equal(await rootFile(), before);
      assert.equal((await site.pull('last')).status, 200);
    });

    test('it is written down under the other key, and put back', async () => {
      const out = join(site.folder, 'backup.key');
      await site.cli(['rootkey', 'backup', '--provider', 'aws-kms', '--out', out]);
      assert.match((await site.cli(['rootkey', 'backup', '--provider', 'aws-kms'], { codes: [4] })).stderr, /--out/);
      assert.equal(await site.server().stop(), 0);
      await writeFile(join(site.data, 'keys/root.key'), await readFile(out));
      const { lines } = await site.start();
      assert.match(lines.join('\n'), /Sallyport is ready/);
      assert.equal((await site.pull('last')).status, 200);
      assert.match((await site.cli(['verify'])).stdout, /Nothing is damaged/);
    });
  });
}
