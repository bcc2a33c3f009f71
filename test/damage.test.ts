// Damage on the disk as callers meet it at both doors: a 5xx with a request id or a broken transfer, no wrong bytes.

import assert from 'node:assert/strict';
import { readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { BatchGetImageCommand, ECRServiceException, GetDownloadUrlForLayerCommand } from '@aws-sdk/client-ecr';
import { registryAuthorization } from './support/administrator.ts';
import { type FilledHouse, filesBelow, fillHouse, repositoryName, verifyFolder } from './support/damage.ts';
import { type House, openHouse } from './support/house.ts';
import { digestOf } from './support/oci-client.ts';

const mib = 1024 * 1024;
const requestId = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

describe('damaged content', () => {
  let house: House;
  let filled: FilledHouse;
  let layer: Buffer;
  let layerDigest: string;
  /** The file that holds the layer, and its bytes. */
  let file: string;
  let stored: Buffer;

  before(async () => {
    house = await openHouse();
    filled = await fillHouse(house);
    layer = filled.image.layers[1] ?? Buffer.alloc(0);
    layerDigest = digestOf(layer);
    const objects = join(house.dataFolder, 'blobs/objects');
    const large = (await filesBelow(objects)).find(({ sizeBytes }) => sizeBytes > mib);
    file = join(objects, large?.name ?? '');
    stored = await readFile(file);
  });
  after(() => house.dispose());

  async function doors() {
    const { ecr, options } = house.administrator;
    const { downloadUrl = '' } = await ecr.send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }));
    const oci = `${house.url}/v2/${repositoryName}/blobs/${layerDigest}`;
    return [
      { url: oci, headers: { authorization: await registryAuthorization(options) } },
      { url: downloadUrl, headers: {} },
    ];
  }

  async function expectNoWrongBytes(first = 0, last = layer.length - 1, isFirstSound = false): Promise<void> {
    const isRange = first > 0 || last < layer.length - 1;
    const wanted = layer.subarray(first, last + 1);
    for (const { url, headers } of await doors()) {
      const answer = await get(url, isRange ? { ...headers, range: `bytes=${first}-${last}` } : headers);
      if (answer.status >= 500) {
        assert.match(String(answer.headers['x-amzn-requestid']), requestId, url);
        continue;
      }
      // A short piece before the damage may not have left yet when the connection breaks, and its head with it.
      if (answer.status !== 0) assert.equal(answer.status, isRange ? 206 : 200, url);
      else assert.equal(isFirstSound, true, `${url}: damage in the first piece is answered`);
      assert.ok(!answer.isWhole, `${url}: the transfer breaks`);
      assert.ok(answer.body.length < wanted.length && answer.body.equals(wanted.subarray(0, answer.body.length)), url);
    }
  }

  async function expectNamed(what: RegExp): Promise<void> {
    const { good, damage } = await verifyFolder(house.dataFolder);
    assert.ok(!good);
    const found = damage.find((one) => one.digest === layerDigest);
    assert.match(found?.what ?? '', what);
    assert.deepEqual(found?.images?.map(({ repository, tags }) => [repository, ...tags]).toSorted(), [
      [repositoryName, 'one'],
      [repositoryName, 'two'],
    ]);
    assert.match(found?.remedy ?? '', /backup/);
  }

  test('a byte flipped in the first segment of a layer', async () => {
    await writeFile(file, flipped(stored, 4000));
    await expectNoWrongBytes();
    await expectNoWrongBytes(0, 99);
    await expectNamed(/segment 0 is not what was written/);
    await writeFile(file, stored);
  });

  test('a byte flipped in the last segment, which is met after the headers were sent', async () => {
    await writeFile(file, flipped(stored, stored.length - 5));
    await expectNoWrongBytes();
    await expectNoWrongBytes(layer.length - 100, layer.length - 1);
    await expectNoWrongBytes(mib - 1000, mib + 1000, true);
    await expectNamed(/segment 1 is not what was written/);
    await writeFile(file, stored);
  });

  test('a file cut between segments, inside one, and to nothing', async () => {
    for (const sizeBytes of [mib, mib + 300, 200, 0]) {
      await truncate(file, sizeBytes);
      await expectNoWrongBytes();
      await expectNoWrongBytes(layer.length - 100, layer.length - 1);
      await expectNamed(/was cut or grew|no blob has its size|is damaged/);
      await writeFile(file, stored);
    }
  });

  test('a file that is gone', async () => {
    await unlink(file);
    await expectNoWrongBytes();
    await expectNoWrongBytes(0, 99);
    await expectNamed(/is missing/);
    await writeFile(file, stored, { mode: 0o600 });
  });

  test('undamaged again, the layer is served whole and nothing is found', async () => {
    for (const { url, headers } of await doors()) {
      const { isWhole, body } = await get(url, headers);
      assert.ok(isWhole && body.equals(layer), url);
    }
    assert.deepEqual((await verifyFolder(house.dataFolder)).damage, []);
  });

  test('a changed manifest is a 5xx at both doors, and is named', async () => {
    const { digest } = filled.image;
    const database = new DatabaseSync(join(house.dataFolder, 'sallyport.db'));
    database.exec('pragma wal_autocheckpoint = 0');
    const row = database.prepare('select manifest from image where digest = ?').get(digest);
    const manifest = Buffer.from(row?.['manifest'] as Uint8Array);
    const change = database.prepare('update image set manifest = ? where digest = ?');
    change.run(flipped(manifest, manifest.length - 3), digest);
    for (const reference of [digest, 'one']) {
      const answer = await filled.oci.send('GET', `/v2/${repositoryName}/manifests/${reference}`);
      assert.equal(answer.status, 500);
      assert.match(String(answer.headers['x-amzn-requestid']), requestId);
      assert.ok(!answer.body.includes('cipher') && !answer.body.includes('sealed'), answer.body.toString());
    }
    const asked = house.administrator.ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }),
    );
    await assert.rejects(asked, (error: unknown) => {
      assert.ok(error instanceof ECRServiceException);
      assert.equal(error.$metadata.httpStatusCode, 500);
      assert.match(error.$metadata.requestId ?? '', requestId);
      return true;
    });
    const { damage } = await verifyFolder(house.dataFolder);
    const found = damage.find((one) => one.subject === `image ${digest}`);
    assert.match(found?.what ?? '', /its manifest does not open/);
    assert.deepEqual(found?.images?.[0]?.tags, ['one']);
    change.run(manifest, digest);
    database.close();
    assert.equal((await filled.oci.send('GET', `/v2/${repositoryName}/manifests/${digest}`)).status, 200);
  });
});

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What came, and whether the transfer came to its end. */
  readonly body: Buffer;
  readonly isWhole: boolean;
}

function get(url: string, headers: Record<string, string>): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (answer) => {
      const pieces: Buffer[] = [];
      const end = (isWhole: boolean) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces), isWhole });
      };
      answer.on('data', (bytes: Buffer) => pieces.push(bytes));
      answer.on('end', () => end(true));
      answer.on('error', () => end(false));
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') resolve({ status: 0, headers: {}, body: Buffer.alloc(0), isWhole: false });
      else reject(error);
    });
    asked.end();
  });
}

/** A copy with one bit changed. */
function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
