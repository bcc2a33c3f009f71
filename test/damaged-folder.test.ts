// What `sallyport doctor` and `verify` say about a damaged data folder: what is wrong, whose it is, what to do.

import assert from 'node:assert/strict';
import { chmod, cp, mkdtemp, open, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Finding } from '../src/cli/commands.ts';
import { loadConfig } from '../src/config/load.ts';
import { type VerificationTables, walkObjects } from '../src/registry/verification/tables.ts';
import { examine } from '../src/site/doctor.ts';
import { systemPlatform } from '../src/site/open-site.ts';
import { openSqliteToRead } from '../src/stores/sql/sqlite/open-to-read.ts';
import { type FilledHouse, filesBelow, fillHouse, repositoryName } from './support/damage.ts';
import { openHouse } from './support/house.ts';
import { digestOf } from './support/oci-client.ts';
import { runCommand } from './support/run-command.ts';
import { checkoutFolder } from './support/server-process.ts';

const mib = 1024 * 1024;

describe('a damaged data folder', () => {
  let root: string;
  let whole: string;
  let data: string;
  let filled: FilledHouse;
  let count = 0;

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'sallyport-doctor-'));
    whole = join(root, 'whole');
    const house = await openHouse();
    filled = await fillHouse(house);
    await house.stop();
    await cp(house.dataFolder, whole, { recursive: true });
    await house.dispose();
  });
  beforeEach(async () => {
    count += 1;
    data = join(root, String(count));
    await cp(whole, data, { recursive: true });
  });
  after(() => rm(root, { recursive: true }));

  async function doctor(): Promise<readonly Finding[]> {
    const flags = { '--data': data, '--listen': '127.0.0.1:0' };
    const { config } = loadConfig({ flags, environment: {}, workingFolder: root });
    return examine(config, systemPlatform, { readsBytes: true });
  }

  async function expectFinding(detail: RegExp, remedy: RegExp): Promise<Finding> {
    const failed = (await doctor()).filter((finding) => !finding.ok);
    const found = failed.find((finding) => detail.test(finding.detail));
    assert.ok(found !== undefined, JSON.stringify(failed, null, 2));
    assert.match(found.remedy ?? '', remedy);
    return found;
  }

  async function largeObject(): Promise<string> {
    const objects = join(data, 'blobs/objects');
    const large = (await filesBelow(objects)).find(({ sizeBytes }) => sizeBytes > mib);
    return join(objects, large?.name ?? '');
  }

  const layer = () => digestOf(filled.image.layers[1] ?? Buffer.alloc(0));
  /** The image and both of its tags. */
  const named = () => new RegExp(`^layer ${layer()}: .*${repositoryName}@sha256:\\S+ \\((one|two)\\)`);

  test('nothing: every check is well', async () => {
    const findings = await doctor();
    assert.deepEqual(
      findings.filter((finding) => !finding.ok),
      [],
    );
    assert.ok(
      findings.some(({ check, detail }) => check === 'content' && /2 images.*every byte was read/.test(detail)),
    );
    assert.ok(findings.some(({ detail }) => /upload \S+ is half made/.test(detail)));
  });

  test('a missing layer file', async () => {
    await unlink(await largeObject());
    const { detail } = await expectFinding(/is missing/, /from a backup.*push them again/);
    assert.match(detail, named());
  });

  test('a truncated layer file', async () => {
    await truncate(await largeObject(), mib);
    const { detail } = await expectFinding(/was cut or grew/, /from a backup/);
    assert.match(detail, named());
  });

  test('a flipped byte in a layer', async () => {
    await flip(await largeObject(), 700_000);
    const { detail } = await expectFinding(/segment 0 is not what was written/, /from a backup/);
    assert.match(detail, named());
  });

  test('an object under another name, and one that belongs to nothing', async () => {
    const file = await largeObject();
    const stray = `${file.slice(0, -32)}${'0'.repeat(32)}`;
    await cp(file, stray);
    const findings = await doctor();
    assert.ok(findings.every((finding) => finding.ok));
    assert.ok(findings.some(({ detail }) => /object \S+0{32} belongs to nothing: collection removes it/.test(detail)));
  });

  test('a damaged database page: the second half of the file overwritten', async () => {
    const file = join(data, 'sallyport.db');
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4096, 0xff), 0, 4096, Math.floor(size / 8192) * 4096);
    await handle.close();
    await expectFinding(/sallyport\.db: page \d+ is not what was written/, /restore the database from a backup/);
  });

  test('a database whose first page is gone', async () => {
    const file = join(data, 'sallyport.db');
    const handle = await open(file, 'r+');
    await handle.write(Buffer.alloc(4096), 0, 4096, 0);
    await handle.close();
    await expectFinding(/sallyport\.db: it cannot be read: file is not a database/, /restore the database/);
  });

  test('a row changed behind its back: a tag moved, as SQLite itself would write it', async () => {
    const database = new DatabaseSync(join(data, 'sallyport.db'));
    const tags = database.prepare('select tag, digest from image_tag order by tag').all();
    database.prepare('update image_tag set digest = ? where tag = ?').run(tags[1]?.['digest'] ?? '', 'one');
    database.close();
    await expectFinding(/sallyport\.db: page \d+ is not what was written/, /restore the database/);
  });

  test('a list of untagged images that does not agree with the tags, either way', async () => {
    const change = (sql: string) => {
      const database = new DatabaseSync(join(data, 'sallyport.db'));
      database.exec(sql);
      database.close();
    };
    change("insert into image_untagged select repository_id, digest from image_tag where tag = 'one'");
    const { detail } = await expectFinding(/image sha256:\S+ has a tag and is listed as untagged/, /another tag/);
    assert.match(detail, /^repository team\/app/);
    change("delete from image_untagged; delete from image_tag where tag = 'one'");
    await expectFinding(/image sha256:\S+ has no tag and is not listed as untagged/, /another tag/);
  });

  test('a newer schema', async () => {
    const database = new DatabaseSync(join(data, 'sallyport.db'));
    database.exec("insert into schema_migration values ('9999-from-the-future')");
    database.close();
    await expectFinding(/does not know the schema steps 9999-from-the-future/, /Start the newer version again/);
  });

  test('a lost root key, another one, and one that others may read', async () => {
    const file = join(data, 'keys/root.key');
    const key = await readFile(file, 'utf8');
    await unlink(file);
    await expectFinding(/root\.key is lost, and the database needs it/, /Restore the root key/);
    await writeFile(
      file,
      key.replace(/^key (.)/m, (_, digit: string) => `key ${digit === '0' ? '1' : '0'}`),
      { mode: 0o600 },
    );
    await expectFinding(/the root key: .*does not open under the root key/, /Put the key back from its copy/);
    await writeFile(file, key);
    await chmod(file, 0o644);
    await expectFinding(/the root key: .* has mode 644/, /with mode 0600/);
  });

  test('a half-made upload whose part is gone', async () => {
    const objects = join(data, 'blobs/objects');
    const file = (await filesBelow(objects)).find(({ sizeBytes }) => sizeBytes > 5000 && sizeBytes < 6000);
    await unlink(join(objects, file?.name ?? ''));
    await expectFinding(/^upload \S+: object \S+ is missing/, /expires.*begin anew/);
  });

  test('an edited profile, and a secret that is not that of its key', async () => {
    const config = join(data, 'aws/config');
    await writeFile(config, (await readFile(config, 'utf8')).replace('us-east-1', 'us-west-2'));
    await expectFinding(/aws\/config: the profile \[default\] was edited or damaged/, /Start the server/);
    await flip(join(data, 'aws/credentials'), (await stat(join(data, 'aws/credentials'))).size - 3);
    await expectFinding(/aws\/credentials: the secret of \[default\] is not that/, /another access key/);
  });

  test('sallyport verify: exit code, lines and JSON', async () => {
    const run = (...args: readonly string[]) =>
      runCommand(process.execPath, [join(checkoutFolder, 'src/main.ts'), 'verify', '--data', data, ...args], {
        cwd: checkoutFolder,
        codes: [0, 1],
      });
    await flip(await largeObject(), 1_200_000);
    const quick = await run('--quick');
    assert.equal(quick.code, 0);
    assert.match(quick.stdout, /^looked at .*2 images.*\nNothing is damaged\.\n$/m);
    const bad = await run();
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, new RegExp(`^DAMAGED layer ${layer()}: .*segment 1`, 'm'));
    assert.match(bad.stdout, new RegExp(`${repositoryName}@sha256:\\S+ tagged (one|two)`));
    const { damage } = JSON.parse((await run('--json')).stdout) as { damage: Array<{ digest: string }> };
    assert.deepEqual(
      damage.map(({ digest }) => digest),
      [layer()],
    );
  });

  test('the objects that a backup has to copy are those of the store, but for uploads', async () => {
    const database = openSqliteToRead(join(data, 'sallyport.db'));
    const objects = await walkObjects(database.tables<VerificationTables>(), '', 100);
    await database.close();
    const files = (await filesBelow(join(data, 'blobs/objects'))).map(({ name }) => name);
    assert.ok(objects.length >= 3 && objects.every(({ blob_key }) => files.includes(blob_key)));
    assert.equal(files.length, objects.length + 1);
  });
});

async function flip(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
}
