// Stored bytes of repositories under KMS keys that were swapped or changed: the doors never give wrong bytes, and
// verify names what was hit.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import * as Ecr from '@aws-sdk/client-ecr';
import * as Kms from '@aws-sdk/client-kms';
import { filesBelow, verifyFolder } from './support/damage.ts';
import { type House, openHouse } from './support/house.ts';
import { digestOf, type OciClient } from './support/oci-client.ts';

/** One layer as it is stored. */
interface Stored {
  readonly repository: string;
  readonly layer: Buffer;
  readonly digest: string;
  readonly file: string;
}

const layerBytes = 5000;
/** Where a header has the domain, the length of the wrapped key, the wrapped key, the nonce: blob-format.md. */
const headerPlaces = [0, 8, 9, 25, 27, 60, 100, 283];

for (const encryptionType of ['KMS', 'KMS_DSSE'] as const) {
  describe(`damage under ${encryptionType}`, () => {
    let house: House;
    let oci: OciClient;
    /** Of one repository, of another with the same key, and of one with another key. */
    let one: Stored;
    let neighbour: Stored;
    let sameKey: Stored;
    let otherKey: Stored;

    before(async () => {
      // Every use opens the keys anew.
      house = await openHouse('keys:\n  cacheSeconds: 0');
      oci = await house.administrator.oci();
      const keys = [await newKey(), await newKey()];
      for (const [name, kmsKey] of [
        ['one', keys[0]],
        ['same', keys[0]],
        ['other', keys[1]],
      ] as const) {
        const encryptionConfiguration = { encryptionType, kmsKey };
        const command = new Ecr.CreateRepositoryCommand({ repositoryName: name, encryptionConfiguration });
        await house.administrator.ecr.send(command);
      }
      [one, neighbour] = [await store('one'), await store('one')];
      [sameKey, otherKey] = [await store('same'), await store('other')];
    });
    after(() => house.dispose());

    const newKey = async () =>
      (await house.administrator.kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const objects = () => join(house.dataFolder, 'blobs/objects');

    async function store(repository: string): Promise<Stored> {
      const known = new Set((await filesBelow(objects())).map(({ name }) => name));
      const layer = randomBytes(layerBytes);
      await oci.pushBlob(repository, layer);
      const [fresh, ...more] = (await filesBelow(objects())).filter(({ name }) => !known.has(name));
      assert.ok(fresh !== undefined && more.length === 0);
      return { repository, layer, digest: digestOf(layer), file: join(objects(), fresh.name) };
    }

    /** The whole layer or nothing of it; which of both. */
    async function isServed({ repository, digest, layer }: Stored): Promise<boolean> {
      const answer = await oci.send('GET', `/v2/${repository}/blobs/${digest}`).catch(() => undefined);
      if (answer?.status === 200 && answer.body.equals(layer)) return true;
      // A layer of one segment is not begun before its tag was looked at.
      assert.ok(answer === undefined || answer.status >= 400, `${answer?.status}`);
      if (answer !== undefined) assert.match(String(answer.headers['x-amzn-requestid'] ?? '-'), /^[0-9a-f-]+$/);
      assert.ok(answer === undefined || answer.body.length < 1000);
      return false;
    }

    async function damaged(): Promise<readonly string[]> {
      const { damage } = await verifyFolder(house.dataFolder);
      return damage.flatMap(({ digest }) => (digest === undefined ? [] : [digest]));
    }

    test('whatever takes the place of another blob of the same size is refused, and named', async () => {
      for (const other of [neighbour, sameKey, otherKey]) {
        const [mine, theirs] = [await readFile(one.file), await readFile(other.file)];
        assert.equal(mine.length, theirs.length);
        await writeFile(one.file, theirs);
        await writeFile(other.file, mine);
        for (const each of [one, other]) assert.equal(await isServed(each), false, each.repository);
        assert.deepEqual((await damaged()).toSorted(), [one.digest, other.digest].toSorted());
        await writeFile(one.file, mine);
        await writeFile(other.file, theirs);
        for (const each of [one, other]) assert.equal(await isServed(each), true);
      }
      assert.deepEqual(await damaged(), []);
    });

    test('a header in front of another blob’s bytes is refused', async () => {
      for (const other of [neighbour, sameKey, otherKey]) {
        const [mine, theirs] = [await readFile(one.file), await readFile(other.file)];
        await writeFile(one.file, Buffer.concat([theirs.subarray(0, 512), mine.subarray(512)]));
        assert.equal(await isServed(one), false);
        await writeFile(one.file, Buffer.concat([mine.subarray(0, 512), theirs.subarray(512)]));
        assert.equal(await isServed(one), false);
        await writeFile(one.file, mine);
      }
      assert.equal(await isServed(one), true);
    });

    test('a flipped bit in the header, its wrapped key above all, or in the bytes is refused, and named', async () => {
      const mine = await readFile(one.file);
      for (const place of [...headerPlaces, 520, mine.length - 1]) {
        const changed = Buffer.from(mine);
        changed[place] = (changed[place] ?? 0) ^ 1;
        await writeFile(one.file, changed);
        assert.equal(await isServed(one), false, `byte ${place}`);
      }
      assert.deepEqual(await damaged(), [one.digest]);
      await writeFile(one.file, mine);
      assert.equal(await isServed(one), true);
    });

    test('a flipped bit in what opens the repository is refused, and the repository named', async () => {
      const database = new DatabaseSync(join(house.dataFolder, 'sallyport.db'));
      database.exec('pragma wal_autocheckpoint = 0');
      const where = "where repository_arn like '%:repository/one'";
      const row = database.prepare(`select data_key, domain_key from kms_repository_key ${where}`).get();
      for (const column of ['data_key', 'domain_key'] as const) {
        const kept = Buffer.from(row?.[column] as Uint8Array);
        const put = database.prepare(`update kms_repository_key set ${column} = ? ${where}`);
        for (const place of [0, 1, 5, 30, kept.length >> 1, kept.length - 1]) {
          const changed = Buffer.from(kept);
          changed[place] = (changed[place] ?? 0) ^ 1;
          put.run(changed);
          assert.equal(await isServed(one), false, `${column}, byte ${place}`);
          assert.equal(await isServed(otherKey), true);
        }
        const { damage } = await verifyFolder(house.dataFolder, false);
        assert.ok(
          damage.some(({ subject }) => /^the key of arn:.*:repository\/one$/.test(subject)),
          column,
        );
        put.run(kept);
        assert.equal(await isServed(one), true);
      }
      database.close();
    });
  });
}
